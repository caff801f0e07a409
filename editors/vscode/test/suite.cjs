// The main job in the real extension host: a mistake is shown and nothing is said twice, hover, F5, a breakpoint, locals,
// a step, stop. Run by test/run.mjs, which makes the workspace and names the breakpoint's line.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const vscode = require('vscode');

const { codeOf, folder, inFolder, ours, replace, say, until } = require('./window.cjs');

async function editing() {
  const doc = await vscode.workspace.openTextDocument(inFolder('app_manifest.json'));
  await vscode.window.showTextDocument(doc);
  assert.equal(doc.languageId, 'azsphere-manifest');
  await vscode.extensions.getExtension('armillary.armillary').activate();

  // The workspace has one mistake.
  const found = await until('a diagnostic', () => ours(doc.uri).find(d => d.severity === vscode.DiagnosticSeverity.Error));
  say(`diagnostic ${codeOf(found)}: ${found.message.split('\n')[0]}`);
  assert.equal(doc.getText(found.range).includes(process.env.TEST_MISTAKE), true, `the range covers the mistake: ${doc.getText(found.range)}`);

  // Mending it empties the list; breaking the syntax is said once, by us alone.
  await replace(doc, process.env.TEST_MISTAKE, process.env.TEST_MENDED);
  await until('no more error', () => ours(doc.uri).every(d => d.severity !== vscode.DiagnosticSeverity.Error));
  await replace(doc, '"EntryPoint":', '// a comment is allowed\n  "EntryPoint"');
  await until('a syntax error', () => ours(doc.uri).some(d => d.severity === vscode.DiagnosticSeverity.Error));
  const foreign = vscode.languages.getDiagnostics(doc.uri).filter(d => d.source !== 'armillary');
  assert.deepEqual(foreign.map(d => `${d.source}: ${d.message}`), [], 'nobody else checks the manifest');
  await replace(doc, '// a comment is allowed\n  "EntryPoint"', '"EntryPoint":');
  await until('mended syntax', () => ours(doc.uri).every(d => d.severity !== vscode.DiagnosticSeverity.Error));
  await doc.save();

  const at = doc.positionAt(doc.getText().indexOf('"Capabilities"') + 2);
  const hovers = await vscode.commands.executeCommand('vscode.executeHoverProvider', doc.uri, at);
  const text = hovers.flatMap(h => h.contents).map(c => (typeof c === 'string' ? c : c.value)).join('\n');
  assert.ok(text.length > 0, 'a hover');
  say(`hover: ${text.split('\n')[0]}`);

  // A hardware definition outside a HardwareDefinitions folder is known by what it says.
  const other = await vscode.workspace.openTextDocument(inFolder('board.json'));
  await until('the definition\'s language', () => vscode.workspace.textDocuments.some(
    d => d.uri.path === other.uri.path && d.languageId === 'azsphere-hwdef'));
}

async function debugging() {
  const wire = [];
  vscode.debug.registerDebugAdapterTrackerFactory('armillary', {
    createDebugAdapterTracker: () => ({
      onDidSendMessage: m => {
        wire.push(m);
        if (m.type === 'event' && m.event === 'output') {
          say(`[${m.body.category}] ${m.body.output.trimEnd()}`);
        }
        if (m.type === 'response' && !m.success) {
          say(`refused ${m.command}: ${m.message} ${JSON.stringify(m.body ?? '')}`);
        }
      },
    }),
  });
  const source = await vscode.workspace.openTextDocument(inFolder(process.env.TEST_SOURCE));
  await vscode.window.showTextDocument(source);
  const line = +process.env.TEST_LINE;
  vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(new vscode.Location(source.uri, new vscode.Position(line - 1, 0)))]);

  // F5 without a launch.json: the extension finds the app.
  const begin = Date.now();
  const config = { type: 'armillary', request: 'launch', name: 'F5', ...JSON.parse(process.env.TEST_CONFIG || '{}') };
  assert.ok(await vscode.debug.startDebugging(folder(), config), 'startDebugging');
  const frame = await until('a stop', () => vscode.debug.activeStackItem instanceof vscode.DebugStackFrame && vscode.debug.activeStackItem, 60000);
  say(`stopped ${Date.now() - begin} ms after F5`);
  const session = vscode.debug.activeDebugSession;
  const stack = (await session.customRequest('stackTrace', { threadId: frame.threadId, levels: 20 })).stackFrames;
  say(`stack: ${stack.map(f => `${f.name}:${f.line}`).join(' < ')}`);
  assert.equal(stack[0].line, line);
  // The window names files on this side as vscode-remote://host/path.
  const shown = stack[0].source.path.startsWith('vscode-remote:') ? vscode.Uri.parse(stack[0].source.path).path : stack[0].source.path;
  assert.equal(fs.realpathSync(shown), fs.realpathSync(source.uri.fsPath), 'the frame is in the file that is open');
  assert.ok(stack.some(f => f.name.startsWith('main')), 'the stack reaches main');

  const { scopes } = await session.customRequest('scopes', { frameId: stack[0].id });
  const { variables } = await session.customRequest('variables', { variablesReference: scopes[0].variablesReference });
  say(`${scopes[0].name}: ${variables.map(v => `${v.name} = ${v.value}`).join(', ')}`);
  const local = variables.find(v => v.name === process.env.TEST_LOCAL);
  assert.ok(local, `a local called ${process.env.TEST_LOCAL}`);
  const inside = (await session.customRequest('variables', { variablesReference: local.variablesReference })).variables;
  say(`${local.name}: ${inside.map(v => `${v.name} = ${v.value}`).join(', ')}`);
  assert.ok(inside.length > 0, 'the local opens');

  if (process.env.TEST_SHOT) {
    await vscode.commands.executeCommand('workbench.view.debug');
    await new Promise(r => setTimeout(r, 1500));
    say('shot');
    await until('the picture', () => fs.existsSync(process.env.TEST_SHOT));
  }

  const stops = () => wire.filter(m => m.event === 'stopped').length;
  const before = stops();
  await vscode.commands.executeCommand('workbench.action.debug.stepOver');
  await until('a step', () => stops() > before);
  const after = (await session.customRequest('stackTrace', { threadId: frame.threadId, levels: 1 })).stackFrames[0];
  say(`step over: line ${line} -> ${after.line}`);
  assert.notEqual(after.line, line);

  const gone = new Promise(r => vscode.debug.onDidTerminateDebugSession(r));
  await vscode.debug.stopDebugging();
  await gone;
  await until('no session', () => vscode.debug.activeDebugSession === undefined);
}

// Without the program the extension says so and can be asked to try again; it neither fails nor runs what the workspace
// has lying about under that name.
async function missing() {
  const doc = await vscode.workspace.openTextDocument(inFolder('app_manifest.json'));
  await vscode.window.showTextDocument(doc);
  const extension = vscode.extensions.getExtension('armillary.armillary');
  await extension.activate();
  assert.ok(extension.isActive);
  assert.ok((await vscode.commands.getCommands()).includes('armillary.restart'));
  await vscode.commands.executeCommand('armillary.restart');
  assert.equal(await vscode.debug.startDebugging(folder(), { type: 'armillary', request: 'launch', name: 'F5' }), false);
  assert.equal(fs.existsSync(process.env.TEST_TRAP), false, 'the workspace\'s own armillary was run');
  assert.deepEqual(ours(doc.uri), []);
  say('without the program: nothing runs, nothing fails');
}

exports.run = async () => {
  say(`VS Code ${vscode.version}`);
  if (process.env.TEST_TRAP) {
    return missing();
  }
  await editing();
  if (process.env.TEST_DEBUG !== '0') {
    await debugging();
  }
};
