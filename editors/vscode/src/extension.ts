// armillary in VS Code: starts `armillary lsp` and `armillary dap`. There is no logic here that another editor would
// lack; what the servers know, every editor gets.

import * as vscode from 'vscode';

import { Printed } from './commands';
import { AdapterFactory, Configurations, debugType } from './debug';
import { classify, isOurs, manifestName } from './languages';
import { Server, startSettings } from './server';
import { Tasks, taskType } from './tasks';

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

  // With its first manifest a folder's C and CMake files become the server's business.
  const manifests = vscode.workspace.createFileSystemWatcher(`**/${manifestName}`, false, true, true);
  const printed = new Printed();

  context.subscriptions.push(
    output,
    manifests,
    manifests.onDidCreate(() => started.coverFolders()),
    vscode.workspace.onDidChangeWorkspaceFolders(() => started.coverFolders()),
    printed.register(),
    vscode.commands.registerCommand('armillary.restart', () => started.restart()),
    vscode.commands.registerCommand('armillary.showOutput', () => output.show()),
    vscode.commands.registerCommand('armillary.explainCode', (code?: string) => printed.explain(code)),
    vscode.commands.registerCommand('armillary.showPrivileges', () => printed.privileges()),
    vscode.tasks.registerTaskProvider(taskType, new Tasks()),
    vscode.workspace.onDidOpenTextDocument(opened),
    vscode.workspace.onDidChangeConfiguration(e => {
      if (startSettings.some(name => e.affectsConfiguration(name))) {
        void started.restartIfWanted();
      }
    }),
    vscode.debug.registerDebugConfigurationProvider(debugType, new Configurations()),
    vscode.debug.registerDebugAdapterDescriptorFactory(debugType, new AdapterFactory(output)),
  );
  vscode.workspace.textDocuments.forEach(opened);
  await started.coverFolders();
}

export function deactivate(): Promise<void> | undefined {
  return server?.dispose();
}
