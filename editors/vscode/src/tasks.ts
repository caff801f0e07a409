// `armillary check` as a task, whose findings appear among the problems.

import * as vscode from 'vscode';

import { BinaryMissing, findBinary } from './binary';

export const taskType = 'armillary';

interface Check extends vscode.TaskDefinition {
  paths?: string[];
  strict?: boolean;
}

export class Tasks implements vscode.TaskProvider {
  provideTasks(): vscode.Task[] {
    try {
      return (vscode.workspace.workspaceFolders ?? []).map(folder => make({ type: taskType }, folder));
    } catch (err) {
      if (err instanceof BinaryMissing) {
        return []; // tasks of every kind are listed without being asked for; the server's start has said what is missing
      }
      throw err;
    }
  }

  resolveTask(task: vscode.Task): vscode.Task | undefined {
    const folder = typeof task.scope === 'object' ? task.scope : vscode.workspace.workspaceFolders?.[0];
    return folder && make(task.definition as Check, folder);
  }
}

function make(definition: Check, folder: vscode.WorkspaceFolder): vscode.Task {
  const args = ['check', '--format', 'short', '--fail-on', 'error', ...(definition.strict ? ['--strict'] : []), '--', ...(definition.paths ?? ['.'])];
  const task = new vscode.Task(
    definition, folder, 'check', 'armillary', new vscode.ProcessExecution(findBinary(), args, { cwd: folder.uri.fsPath }), '$armillary');
  task.group = vscode.TaskGroup.Test;
  task.detail = 'Check every app manifest and hardware definition of the folder';
  return task;
}
