// armillary in VS Code: starts `armillary lsp` and `armillary dap`. There is no logic here that another editor would
// lack; what the servers know, every editor gets.

import * as vscode from 'vscode';

import { AdapterFactory, Configurations, debugType } from './debug';
import { classify, isOurs } from './languages';
import { Server } from './server';

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel('armillary', { log: true });
  const started = (server = new Server(output));

  // Any JSON file activates the extension, to see whether it is one of ours; the server starts with the first that is.
  const opened = (doc: vscode.TextDocument) => {
    classify(doc);
    if (isOurs(doc)) {
      void started.ensure();
    }
  };

  context.subscriptions.push(
    output,
    vscode.commands.registerCommand('armillary.restart', () => started.restart()),
    vscode.commands.registerCommand('armillary.showOutput', () => output.show()),
    vscode.workspace.onDidOpenTextDocument(opened),
    vscode.workspace.onDidChangeConfiguration(e => {
      if (e.affectsConfiguration('armillary.path')) {
        void started.restartIfWanted();
      }
    }),
    vscode.debug.registerDebugConfigurationProvider(debugType, new Configurations()),
    vscode.debug.registerDebugAdapterDescriptorFactory(debugType, new AdapterFactory(output)),
  );
  vscode.workspace.textDocuments.forEach(opened);
  if ((await vscode.workspace.findFiles('**/app_manifest.json', '**/node_modules/**', 1)).length > 0) {
    await started.ensure();
  }
}

export function deactivate(): Promise<void> | undefined {
  return server?.dispose();
}
