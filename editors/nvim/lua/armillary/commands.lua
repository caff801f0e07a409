--- The Ex commands. What they do is done by the language server or by the program itself.
local M = {}

local types = { 'Gpio', 'Pwm', 'Adc', 'I2cMaster', 'SpiMaster', 'Uart' }

local function problem(text)
  vim.notify('armillary: ' .. text, vim.log.levels.ERROR)
end

--- Runs a command of the server for the current buffer; done gets its answer.
---@param command string
---@param args any[] behind the buffer's URI
---@param done? fun(result: any)
function M.execute(command, args, done)
  local client = vim.lsp.get_clients({ name = 'armillary', bufnr = 0 })[1]
  if not client then
    problem('the language server does not look after this file; :checkhealth armillary says why')
    return
  end
  M.request(client, command, vim.list_extend({ vim.uri_from_bufnr(0) }, args), done)
end

function M.request(client, command, arguments, done)
  local function answered(err, result)
    if err then
      problem(err.message)
    elseif done then
      done(result)
    end
  end
  local params = { command = command, arguments = arguments }
  if vim.fn.has('nvim-0.11') == 1 then
    client:request('workspace/executeCommand', params, answered)
  else
    client.request('workspace/executeCommand', params, answered)
  end
end

--- What a code lens "used by ..." does: the places go into the quickfix list. A single one is shown by the server itself.
function M.show_uses(command, ctx)
  local client = assert(vim.lsp.get_client_by_id(ctx.client_id))
  M.request(client, command.command, command.arguments, function(places)
    if #places ~= 1 then
      vim.fn.setqflist({}, ' ', { title = command.title, items = vim.lsp.util.locations_to_items(places, client.offset_encoding) })
      vim.cmd.copen()
    end
  end)
end

--- Runs the program and shows what it printed.
local function print_of(args)
  local bin, why = require('armillary').binary()
  if not bin then
    problem(why)
    return
  end
  vim.system(vim.list_extend({ bin }, args), { text = true }, vim.schedule_wrap(function(out)
    local text = out.stdout ~= '' and out.stdout or out.stderr
    vim.cmd.new()
    vim.bo.buftype, vim.bo.bufhidden, vim.bo.swapfile = 'nofile', 'wipe', false
    vim.api.nvim_buf_set_lines(0, 0, -1, false, vim.split(vim.trim(text), '\n'))
    vim.bo.modifiable = false
  end))
end

local function starting(list, lead)
  return vim.tbl_filter(function(word) return vim.startswith(word, lead) end, list)
end

local function boards(lead)
  local bin = require('armillary').binary()
  local list = {}
  for _, line in ipairs(bin and vim.fn.systemlist({ bin, 'hwdef', 'boards' }) or {}) do
    table.insert(list, line:match('^%S+'))
  end
  return starting(list, lead)
end

local function code_at_cursor()
  local here = vim.api.nvim_win_get_cursor(0)
  for _, d in ipairs(vim.diagnostic.get(0, { lnum = here[1] - 1 })) do
    if d.source == 'armillary' then
      return tostring(d.code)
    end
  end
end

function M.setup()
  local create = vim.api.nvim_create_user_command
  create('ArmillaryHeader', function() M.execute('armillary.generateHeader', {}) end,
    { desc = 'Write the C header of this hardware definition' })
  create('ArmillaryMappings', function(o)
    M.execute('armillary.generateMappings', { o.fargs[1], tonumber(o.fargs[2]) or 1 })
  end, { nargs = '+', desc = 'Add entries for free pins: TYPE [COUNT]', complete = function(lead) return starting(types, lead) end })
  create('ArmillaryPort', function(o)
    M.execute('armillary.portDefinition', { o.fargs[1] }, function(result)
      vim.cmd.edit(vim.fn.fnameescape(vim.uri_to_fname(result.uri)))
    end)
  end, { nargs = 1, desc = 'Make this hardware definition for another board: BOARD', complete = boards })
  create('ArmillaryExplain', function(o)
    local code = o.fargs[1] or code_at_cursor()
    if code then
      print_of({ 'explain', '--', code })
    else
      problem('no finding here; name a code')
    end
  end, { nargs = '?', desc = 'Explain a code, or the finding in this line' })
  create('ArmillaryPrivileges', function() print_of({ 'check', '--privileges', '--', require('armillary').app() }) end,
    { desc = 'What the app asks for and what it uses' })
end

return M
