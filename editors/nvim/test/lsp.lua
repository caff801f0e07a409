-- A mistake in the manifest is shown, and gone when mended. Started by test/run, with the workspace in WORKSPACE.
local mistake, mended = os.getenv('TEST_MISTAKE'), os.getenv('TEST_MENDED')
local function fail(what)
  print('FAIL ' .. what)
  for _, m in ipairs(vim.split(vim.fn.execute('messages'), '\n')) do
    print(m)
  end
  vim.cmd('cq')
end
local function errors()
  return vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR })
end

require('armillary').setup({})
vim.cmd('filetype plugin indent on')
vim.cmd.edit(vim.fn.fnameescape(os.getenv('WORKSPACE') .. '/app_manifest.json'))
if vim.bo.filetype ~= 'jsonc' then
  fail('filetype ' .. vim.bo.filetype)
end
if not vim.wait(15000, function() return #errors() > 0 end, 5) then
  fail('no diagnostic')
end
local d = errors()[1]
local line = vim.api.nvim_buf_get_lines(0, d.lnum, d.lnum + 1, false)[1]
print(('diagnostic %s: %s'):format(d.code, vim.split(d.message, '\n')[1]))
if d.source ~= 'armillary' or not line:find(mistake, 1, true) then
  fail('it is from ' .. tostring(d.source) .. ', at ' .. line)
end
local from = line:find(mistake, 1, true)
vim.api.nvim_buf_set_text(0, d.lnum, from - 1, d.lnum, from - 1 + #mistake, { mended })
if not vim.wait(15000, function() return #errors() == 0 end, 5) then
  fail('the diagnostic stays')
end
local health = vim.fn.execute('checkhealth armillary')
if health:find('Error executing') or not table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n'):find('language server runs') then
  fail('checkhealth: ' .. health .. table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n'))
end
print('mended; ' .. (vim.lsp.config and 'vim.lsp.config' or 'vim.lsp.start'))
vim.cmd('qa!')
