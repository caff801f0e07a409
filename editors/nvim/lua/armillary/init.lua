--- armillary in Neovim: starts `armillary lsp` for app manifests, hardware definitions and what surrounds an app, and tells
--- nvim-dap, when it is there, about `armillary dap`. Needs Neovim 0.10 or newer.
---
---   require('armillary').setup {}
---
--- Options:
---   path  the armillary program; default: the one in PATH
---   dap   false to leave nvim-dap alone
---   init  what the server is told at its start: { strict = true, hwdef = 'board.json', jsonSyntax = false, inlayHints = false }
local M = {}

--- What puts the program into Go's bin folder; a plain `go install .` would name it after the module.
M.install = 'go build -o "$(go env GOPATH)/bin/armillary" .'

local manifest = 'app_manifest.json'

--- JSON files of an app that the server knows beside the manifest.
local around = { ['launch.json'] = true, ['CMakePresets.json'] = true, ['CMakeUserPresets.json'] = true, ['armillary.json'] = true }

local mark = '"Azure Sphere Hardware Definition"'

--- The armillary program's absolute path, or nil and why not. Relative entries of PATH do not count: a program that
--- happens to lie in the working folder is not to be run.
---@return string? path, string? problem
function M.binary()
  local set = M.options and M.options.path
  if set then
    set = vim.fs.normalize(set)
    if vim.fn.executable(set) == 1 then
      return set
    end
    return nil, ('the option path names %s, which is not a program'):format(set)
  end
  local windows = vim.fn.has('win32') == 1
  for _, dir in ipairs(vim.split(vim.env.PATH or '', windows and ';' or ':', { plain = true })) do
    local absolute = windows and dir:match('^%a:[/\\]') or dir:match('^/')
    local file = dir .. '/armillary' .. (windows and '.exe' or '')
    if absolute and vim.fn.executable(file) == 1 then
      return vim.fs.normalize(file)
    end
  end
  return nil, 'armillary is not in PATH; in a clone of its repository: ' .. M.install
end

--- Whether a buffer holds a file that the language server is for: a manifest, a definition, or a file of an app, which has
--- its manifest in a folder above, or belongs to what a running server looks after.
---@param buf integer
function M.is_ours(buf)
  local name = vim.api.nvim_buf_get_name(buf)
  local base = vim.fs.basename(name)
  if base == manifest then
    return true
  end
  if base:match('%.json$') and not around[base] then
    for _, line in ipairs(vim.api.nvim_buf_get_lines(buf, 0, 40, false)) do
      if line:find(mark, 1, true) then
        return true
      end
    end
    return false
  end
  if vim.fs.root(buf, manifest) then
    return true
  end
  for _, client in ipairs(vim.lsp.get_clients({ name = 'armillary' })) do
    if client.config.root_dir == M.root(buf) then
      return true
    end
  end
  return false
end

--- The folder that the server looks after: that of the repository, else that of the nearest manifest, else the file's.
---@param buf integer
function M.root(buf)
  local name = vim.api.nvim_buf_get_name(buf)
  return vim.fs.root(buf, '.git') or vim.fs.root(buf, manifest) or vim.fs.dirname(name)
end

local function problem(text)
  vim.schedule(function()
    vim.notify('armillary: ' .. text, vim.log.levels.ERROR)
  end)
end

local function setup_lsp(bin)
  local config = {
    name = 'armillary', cmd = { bin, 'lsp' }, filetypes = { 'json', 'jsonc', 'c', 'cpp', 'cmake' }, init_options = M.options.init,
    commands = { ['armillary.showUses'] = require('armillary.commands').show_uses },
  }
  if vim.lsp.config and vim.lsp.enable then -- Neovim 0.11
    vim.lsp.config('armillary', vim.tbl_extend('force', config, {
      root_dir = function(buf, on_dir)
        if M.is_ours(buf) then
          on_dir(M.root(buf))
        end
      end,
    }))
    vim.lsp.enable('armillary')
    return
  end
  local function start(buf)
    if M.is_ours(buf) then
      vim.lsp.start(vim.tbl_extend('force', config, { root_dir = M.root(buf) }), { bufnr = buf })
    end
  end
  vim.api.nvim_create_autocmd('FileType', {
    group = vim.api.nvim_create_augroup('armillary', {}),
    pattern = config.filetypes,
    callback = function(ev)
      start(ev.buf)
    end,
  })
  for _, buf in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buf) and vim.tbl_contains(config.filetypes, vim.bo[buf].filetype) then
      start(buf)
    end
  end
end

--- The app of the file in the current buffer: its folder, or the working folder.
function M.app()
  return vim.fs.root(0, manifest) or vim.fn.getcwd()
end

local function setup_dap(bin)
  local ok, dap = pcall(require, 'dap')
  if not ok then
    return
  end
  dap.adapters.armillary = { type = 'executable', command = bin, args = { 'dap' } }
  for _, filetype in ipairs({ 'c', 'cpp' }) do
    local list = dap.configurations[filetype] or {}
    dap.configurations[filetype] = list
    local has = false
    for _, c in ipairs(list) do
      has = has or c.type == 'armillary'
    end
    if not has then
      table.insert(list, { type = 'armillary', request = 'launch', name = 'Azure Sphere: emulated device', app = M.app })
    end
  end
end

---@param options? { path?: string, dap?: boolean, init?: table }
function M.setup(options)
  M.options = options or {}
  vim.filetype.add({
    filename = { [manifest] = 'jsonc' },
    pattern = { ['.*/HardwareDefinitions/.*%.json'] = 'jsonc' },
  })
  local bin, why = M.binary()
  if not bin then
    problem(why)
    return
  end
  setup_lsp(bin)
  require('armillary.commands').setup()
  if M.options.dap ~= false then
    setup_dap(bin)
  end
end

return M
