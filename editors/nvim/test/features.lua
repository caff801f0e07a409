-- What the language server knows, as a user asks for it: fix, completion, hints and colours, command, rename through every
-- file. Started by test/run, with a copy of editors/test-workspace in WORKSPACE. Keys are typed, so Neovim's own loop has
-- to run: this is a coroutine that looks again and again.
local workspace = os.getenv('WORKSPACE')
local function fail(what)
  print('\nFAIL ' .. what .. '\n' .. vim.fn.execute('messages'))
  vim.cmd('cq')
end

local function say(what)
  io.stdout:write(what .. '\n')
end

local co
local function pause()
  vim.defer_fn(function()
    local ok, err = coroutine.resume(co)
    if not ok then
      fail(debug.traceback(co, err))
    end
  end, 5)
  coroutine.yield()
end
local function wait_for(what, f)
  local start = vim.uv.now()
  while true do
    local v = f()
    if v then
      return v
    end
    if vim.uv.now() - start > 20000 then
      fail(what .. ': not within 20 s')
    end
    pause()
  end
end

local function on_disk(name)
  return table.concat(vim.fn.readfile(workspace .. '/' .. name), '\n')
end
local function edit(name)
  vim.cmd.edit(vim.fn.fnameescape(workspace .. '/' .. name))
  wait_for('the server for ' .. name, function() return #vim.lsp.get_clients({ name = 'armillary', bufnr = 0 }) == 1 end)
end
local function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
end
-- Puts the cursor on the first byte of a text, or into bytes further.
local function go(to, into)
  for i, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local at = line:find(to, 1, true)
    if at then
      vim.api.nvim_win_set_cursor(0, { i, at - 1 + (into or 0) })
      return
    end
  end
  fail(to .. ' is not in ' .. vim.api.nvim_buf_get_name(0))
end
local function errors()
  return vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR })
end

local function fix()
  edit('lamp/app_manifest.json')
  local d = wait_for('a diagnostic', function() return errors()[1] end)
  go('$SWICH')
  vim.lsp.buf.code_action({ filter = function(a) return a.title == 'Write "$SWITCH"' end, apply = true })
  wait_for('the fix', function() return text():find('"$SWITCH"', 1, true) end)
  wait_for('no more error', function() return #errors() == 0 end)
  say(('diagnostic %s, fixed'):format(d.code))
end

local function complete()
  vim.opt.completeopt = { 'menuone', 'noselect' }
  go('"$SWITCH"', #'"$SWITCH"' - 1)
  vim.api.nvim_input('a, "$BU')
  wait_for('the typed text', function() return text():find('"$BU', 1, true) end)
  vim.api.nvim_input('<C-x><C-o>')
  wait_for('the menu', function() return vim.fn.pumvisible() == 1 end)
  vim.api.nvim_input('<C-n><C-y><Esc>')
  wait_for('normal mode', function() return vim.api.nvim_get_mode().mode == 'n' end)
  local line = vim.api.nvim_get_current_line()
  if not line:find('"$LAMP", "$SWITCH", "$BUZZER"', 1, true) then
    fail('completed: ' .. line)
  end
  say('completed:' .. line)
  vim.cmd('silent undo')
  if text():find('BU', 1, true) then
    fail('not undone')
  end
  vim.cmd('silent write')
end

local function look()
  edit('board/board.json')
  vim.lsp.inlay_hint.enable(true, { bufnr = 0 })
  local hints = wait_for('hints', function()
    local all = vim.lsp.inlay_hint.get({ bufnr = 0 })
    return #all > 0 and all
  end)
  go('"LAMP"', 1)
  local tokens = wait_for('tokens', function()
    local all = vim.lsp.semantic_tokens.get_at_pos(0) or {}
    return #all > 0 and all
  end)
  local label = hints[1].inlay_hint.label
  say(('hint%s, token %s'):format(type(label) == 'string' and label or label[1].value, tokens[1].type))
end

local function lens()
  go('"LAMP"', 1)
  local new = vim.fn.has('nvim-0.12') == 1
  if new then
    vim.lsp.codelens.enable(true, { bufnr = 0 })
  else
    vim.lsp.codelens.refresh({ bufnr = 0 })
  end
  wait_for('a lens', function() return #vim.lsp.codelens.get(new and { bufnr = 0 } or 0) > 0 end)
  vim.lsp.codelens.run()
  local uses = wait_for('the uses', function()
    local list = vim.fn.getqflist()
    return #list > 1 and list
  end)
  vim.cmd.cclose()
  say('lens: ' .. #uses .. ' uses')
end

local function header()
  edit('board/board.json')
  if on_disk('board/inc/hw/board.h'):find('BUZZER', 1, true) then
    fail('the header has the name already')
  end
  vim.cmd('ArmillaryHeader')
  wait_for('the header', function()
    vim.cmd('silent wall')
    return on_disk('board/inc/hw/board.h'):find('#define BUZZER MT3620_GPIO16', 1, true)
  end)
  say('command: the header is written')
end

local function port()
  edit('board/board.json')
  vim.cmd('ArmillaryPort mt3620_rdb')
  local made = workspace .. '/board/board-mt3620_rdb.json'
  wait_for('the new definition', function()
    return vim.api.nvim_buf_get_name(0) == made and text():find('"mt3620_rdb.json"', 1, true)
  end)
  vim.cmd('bdelete!')
  vim.fn.delete(made)
  say('command: ported')
end

local function rename()
  edit('lamp/main.c')
  go('(LAMP', 1)
  vim.lsp.buf.rename('READING_LAMP')
  wait_for('the new name', function() return text():find('GPIO_OpenAsOutput(READING_LAMP,', 1, true) end)
  vim.cmd('silent wall')
  local changed = {
    ['board/board.json'] = '"Name": "READING_LAMP"', ['board/inc/hw/board.h'] = '#define READING_LAMP MT3620_GPIO8',
    ['lamp/app_manifest.json'] = '"$READING_LAMP"', ['lamp/main.c'] = 'GPIO_OpenAsOutput(READING_LAMP,',
    ['lamp/CMakeLists.txt'] = 'STATUS_LIGHT=READING_LAMP)',
  }
  for name, want in pairs(changed) do
    local now = on_disk(name)
    if not now:find(want, 1, true) or now:gsub('READING_LAMP', ''):find('%f[%w_]LAMP%f[^%w_]') then
      fail(name .. ' after the rename:\n' .. now)
    end
  end
  say('renamed in ' .. vim.tbl_count(changed) .. ' files')
end

-- `armillary check` with :make; the workspace has another app with a mistake.
local function check()
  vim.cmd.cd(vim.fn.fnameescape(workspace))
  vim.cmd('compiler armillary')
  vim.cmd('silent! make!')
  local found = vim.tbl_filter(function(i) return i.valid == 1 and i.text:find('AZS120', 1, true) end, vim.fn.getqflist())
  if #found ~= 1 or found[1].lnum ~= 8 or found[1].type:lower() ~= 'e' then
    fail('quickfix: ' .. vim.inspect(vim.fn.getqflist()))
  end
  say('quickfix: ' .. found[1].text)
end

co = coroutine.create(function()
  for _, test in ipairs({ fix, complete, look, lens, header, port, rename, check }) do
    test()
  end
  local said = vim.fn.execute('messages')
  if said:find('Error') or said:find('E%d+:') then
    fail('something complained')
  end
  -- Otherwise Neovim 0.10 may end by SIGPIPE, when the server is gone before the last word to it.
  -- The rename has loaded more files; a start that Neovim 0.12 scheduled for one of them comes after a stop and makes a
  -- second client, so one stop is not enough.
  wait_for('the end of the server', function()
    for _, client in ipairs(vim.lsp.get_clients()) do
      if not client.is_stopped(client) then
        client.stop(client)
      end
    end
    return #vim.lsp.get_clients() == 0
  end)
  vim.cmd('qa!')
end)

vim.opt.showmode = false
require('armillary').setup({})
vim.cmd('filetype plugin indent on')
vim.schedule(function()
  local ok, err = coroutine.resume(co)
  if not ok then
    fail(debug.traceback(co, err))
  end
end)
