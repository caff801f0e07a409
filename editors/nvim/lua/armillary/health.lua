--- :checkhealth armillary
local M = {}

function M.check()
  local health = vim.health
  local armillary = require('armillary')
  health.start('armillary')
  if vim.fn.has('nvim-0.10') == 1 then
    health.ok('Neovim ' .. tostring(vim.version()))
  else
    health.error('Neovim 0.10 or newer is needed')
  end
  if not armillary.options then
    health.warn('setup() has not run', { "require('armillary').setup {}" })
  end
  local bin, why = armillary.binary()
  if bin then
    local out = vim.fn.system({ bin, 'version' })
    if vim.v.shell_error == 0 then
      health.ok(('%s: %s'):format(bin, vim.trim(vim.split(out, '\n')[1])))
    else
      health.error(('%s does not answer: %s'):format(bin, vim.trim(out)))
    end
  else
    health.error(why, { armillary.install .. '   (in a clone of the repository)', "setup { path = '/path/to/armillary' }" })
  end
  local clients = vim.lsp.get_clients({ name = 'armillary' })
  if #clients > 0 then
    health.ok(('the language server runs (%d)'):format(#clients))
  else
    health.info('the language server is not running; it starts with an app_manifest.json or a hardware definition')
  end
  local ok, dap = pcall(require, 'dap')
  if not ok then
    health.info('nvim-dap is not installed: no debugging')
  elseif dap.adapters.armillary then
    health.ok('nvim-dap knows the adapter')
  else
    health.warn('nvim-dap is there and does not know the adapter', { 'load it before setup()' })
  end
end

return M
