// Finds the armillary program. It is taken from the user's own settings or from PATH, never from a workspace: opening a
// folder must not be enough to run what lies in it.

import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';

// In PowerShell and in POSIX shells alike. A plain `go install .` would name the program after the module, armillary.dev.
export const installCommand = `go build -o "$(go env GOPATH)/bin/armillary${process.platform === 'win32' ? '.exe' : ''}" .`;

export class BinaryMissing extends Error {}

// The program's absolute path. Throws BinaryMissing with words for the user.
export function findBinary(): string {
  // Scope "machine" keeps workspace settings out; inspect() makes sure of it should the scope ever change.
  const set = vscode.workspace.getConfiguration('armillary').inspect<string>('path')?.globalValue?.trim();
  if (set) {
    if (!path.isAbsolute(set)) {
      throw new BinaryMissing(`The setting armillary.path must be an absolute path; it is "${set}".`);
    }
    if (!isExecutable(set)) {
      throw new BinaryMissing(`The setting armillary.path names ${set}, which is not a program.`);
    }
    return set;
  }
  const names = process.platform === 'win32' ? ['armillary.exe'] : ['armillary'];
  for (const dir of (process.env.PATH ?? '').split(path.delimiter)) {
    // An empty or relative entry would mean the working folder, which may be the workspace.
    if (!path.isAbsolute(dir) || insideWorkspace(dir)) {
      continue;
    }
    for (const name of names) {
      const file = path.join(dir, name);
      if (isExecutable(file)) {
        return file;
      }
    }
  }
  throw new BinaryMissing(`The armillary program is not in PATH. In a clone of its repository: ${installCommand}`);
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

function insideWorkspace(dir: string): boolean {
  return (vscode.workspace.workspaceFolders ?? []).some(f => {
    const rel = path.relative(f.uri.fsPath, dir);
    return rel === '' || (!rel.startsWith('..') && !path.isAbsolute(rel));
  });
}

// Says what is wrong and offers the ways out. retry runs after the user has put it right.
export async function reportMissing(err: BinaryMissing, retry: () => void): Promise<void> {
  const choice = await vscode.window.showErrorMessage(err.message, 'Retry', 'Copy Install Command', 'Open Settings');
  switch (choice) {
    case 'Retry':
      retry();
      break;
    case 'Copy Install Command':
      await vscode.env.clipboard.writeText(installCommand);
      return reportMissing(err, retry);
    case 'Open Settings':
      await vscode.commands.executeCommand('workbench.action.openSettings', 'armillary.path');
      return reportMissing(err, retry);
  }
}
