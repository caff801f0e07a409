// The debug type: F5 without a launch.json, and `armillary dap` over stdio as the adapter.

import * as path from 'node:path';
import * as vscode from 'vscode';

import { BinaryMissing, findBinary, reportMissing } from './binary';
import { manifestName } from './languages';

export const debugType = 'armillary';

// Attributes that say what to debug, the vendor's own names among them; with one of them nothing has to be looked for.
const saysWhat = ['app', 'workingDirectory', 'cwd', 'image', 'imagePath', 'gdb', 'miDebuggerServerAddress'];

export class AdapterFactory implements vscode.DebugAdapterDescriptorFactory {
  constructor(private readonly output: vscode.LogOutputChannel) {}

  createDebugAdapterDescriptor(session: vscode.DebugSession): vscode.DebugAdapterDescriptor {
    const command = findBinary();
    this.output.info(`debug adapter: ${command} dap`);
    return new vscode.DebugAdapterExecutable(command, ['dap'], { cwd: session.workspaceFolder?.uri.fsPath });
  }
}

export class Configurations implements vscode.DebugConfigurationProvider {
  // Fills in what F5 without a launch.json leaves open: which app.
  async resolveDebugConfiguration(
    folder: vscode.WorkspaceFolder | undefined, config: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    if (!config.type && !config.request) {
      config = { type: debugType, request: 'launch', name: 'Debug on the emulated device' };
    }
    if (config.request === 'launch' && !saysWhat.some(name => config[name])) {
      const app = await findApp(folder);
      if (app === undefined) {
        void vscode.window.showErrorMessage(`No ${manifestName} was found: open an app's folder, or name it as "app" in launch.json.`);
        return undefined;
      }
      if (app === null) {
        return undefined;
      }
      config.app = app;
    }
    return config;
  }

  // Runs with all variables replaced, right before the adapter starts.
  resolveDebugConfigurationWithSubstitutedVariables(
    folder: vscode.WorkspaceFolder | undefined, config: vscode.DebugConfiguration,
  ): vscode.DebugConfiguration | undefined {
    try {
      findBinary();
    } catch (err) {
      if (!(err instanceof BinaryMissing)) {
        throw err;
      }
      void reportMissing(err, () => void vscode.debug.startDebugging(folder, config));
      return undefined;
    }
    return config;
  }
}

// The app to debug: the one around the file in the editor, else the only one in the workspace, else what the user picks.
// undefined: there is none; null: the user picked none.
async function findApp(folder: vscode.WorkspaceFolder | undefined): Promise<string | undefined | null> {
  const file = vscode.window.activeTextEditor?.document.uri;
  const root = file && vscode.workspace.getWorkspaceFolder(file);
  if (file?.scheme === 'file' && root) {
    for (let dir = path.dirname(file.fsPath); ; dir = path.dirname(dir)) {
      if (await exists(path.join(dir, manifestName))) {
        return dir;
      }
      if (dir === root.uri.fsPath || dir === path.dirname(dir)) {
        break;
      }
    }
  }
  const where = folder ? new vscode.RelativePattern(folder, `**/${manifestName}`) : `**/${manifestName}`;
  const found = await vscode.workspace.findFiles(where, '**/{node_modules,out,build,approot}/**', 100);
  const apps = found.map(u => path.dirname(u.fsPath)).sort();
  if (apps.length <= 1) {
    return apps[0];
  }
  const picked = await vscode.window.showQuickPick(
    apps.map(app => ({ label: path.basename(app), description: vscode.workspace.asRelativePath(app), app })),
    { placeHolder: 'Which app?' });
  return picked ? picked.app : null;
}

async function exists(file: string): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(vscode.Uri.file(file));
    return true;
  } catch {
    return false;
  }
}
