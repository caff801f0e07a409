-- A breakpoint is hit, a step goes on, the session ends, with nvim-dap. Started by test/run.
vim.opt.rtp:prepend(os.getenv('NVIM_DAP'))
local dap = require('dap')
local function fail(what)
  print('FAIL ' .. what)
  vim.cmd('cq')
end

require('armillary').setup({})
vim.cmd.edit(vim.fn.fnameescape(os.getenv('WORKSPACE') .. '/main.c'))
local line = tonumber(os.getenv('TEST_LINE'))
vim.api.nvim_win_set_cursor(0, { line, 0 })
dap.set_breakpoint()
local stops = 0
dap.listeners.after.event_stopped.test = function() stops = stops + 1 end
dap.listeners.after.event_output.test = function(_, body)
  io.stdout:write(('[%s] %s'):format(body.category or '', body.output))
end
local function frame()
  local s = dap.session()
  return s and s.current_frame
end

local config = dap.configurations.c[1]
if config.type ~= 'armillary' then
  fail('the configuration is ' .. vim.inspect(config))
end
dap.run(config)
if not vim.wait(60000, function() return stops > 0 and frame() ~= nil end, 5) then
  fail('no stop')
end
print(('stopped in %s:%d'):format(frame().name, frame().line))
if frame().line ~= line then
  fail('the breakpoint is at line ' .. line)
end
local before = stops
dap.step_over()
if not vim.wait(15000, function() return stops > before and frame() ~= nil and frame().line ~= line end, 5) then
  fail('no step')
end
print(('stepped to line %d'):format(frame().line))
dap.terminate()
if not vim.wait(15000, function() return dap.session() == nil end, 5) then
  fail('the session does not end')
end
vim.cmd('qa!')
