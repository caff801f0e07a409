// What the tests in the window share.
const assert = require('node:assert/strict');
const vscode = require('vscode');

const say = text => console.log('TEST ' + text);

// Waits for f to give something, by what happens in the window rather than by fixed times.
async function until(what, f, ms = 30000) {
  const start = Date.now();
  for (;;) {
    const v = await f();
    if (v) {
      return v;
    }
    if (Date.now() - start > ms) {
      throw new Error(`${what}: not within ${ms} ms`);
    }
    await new Promise(r => setTimeout(r, 10));
  }
}

const folder = () => vscode.workspace.workspaceFolders[0];
const inFolder = name => vscode.Uri.joinPath(folder().uri, name);
const ours = uri => vscode.languages.getDiagnostics(uri).filter(d => d.source === 'armillary');
const codeOf = d => String(typeof d.code === 'object' ? d.code.value : d.code);

async function replace(doc, from, to) {
  const at = doc.getText().indexOf(from);
  assert.ok(at >= 0, `${from} is in ${doc.uri.path}`);
  const edit = new vscode.WorkspaceEdit();
  edit.replace(doc.uri, new vscode.Range(doc.positionAt(at), doc.positionAt(at + from.length)), to);
  assert.ok(await vscode.workspace.applyEdit(edit));
}

module.exports = { codeOf, folder, inFolder, ours, replace, say, until };
