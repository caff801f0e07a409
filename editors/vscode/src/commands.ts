// Commands. What they do is done by the language server or by `armillary` itself; here stand the questions that come
// before and the windows that show the answer.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { ExecuteCommandRequest, LanguageClient, Location, Position } from 'vscode-languageclient/node';

import { BinaryMissing, findBinary, reportMissing } from './binary';

const run = promisify(execFile);

// The types of peripherals that a definition can have.
const types = ['Gpio', 'Pwm', 'Adc', 'I2cMaster', 'SpiMaster', 'Uart'];

type Question = (file: string) => Promise<unknown[] | undefined>;

// What a command of the server needs when it comes from the palette, which gives it nothing. undefined: the user gave up.
const questions: Record<string, Question> = {
  'armillary.generateHeader': async file => [file],
  'armillary.generateMappings': async file => {
    const type = await vscode.window.showQuickPick(types, { title: 'Pin mappings: for what?' });
    const count = type && await vscode.window.showInputBox({
      title: 'Pin mappings: how many?', value: '1', validateInput: text => (/^[1-9]\d{0,2}$/.test(text) ? undefined : 'A number from 1 on.'),
    });
    return count ? [file, type, +count] : undefined;
  },
  'armillary.portDefinition': async file => {
    const board = await vscode.window.showQuickPick(boards(), { title: 'Port to which board?', matchOnDescription: true });
    return board && [file, board.label];
  },
};

async function boards(): Promise<vscode.QuickPickItem[]> {
  const { stdout } = await run(findBinary(), ['hwdef', 'boards']);
  return stdout.split('\n').flatMap(line => {
    const [, label, names, description] = /^(\S+)\s+(\d+ names)\s+(.*)$/.exec(line) ?? [];
    return label ? [{ label, description, detail: names }] : [];
  });
}

// Runs a command of the server. A refusal is shown as the server words it.
export async function execute(client: LanguageClient, command: string, args: unknown[]): Promise<unknown> {
  if (args.length === 0 && questions[command]) {
    const doc = vscode.window.activeTextEditor?.document;
    if (doc?.uri.scheme !== 'file') {
      void vscode.window.showErrorMessage('armillary: open the hardware definition first.');
      return undefined;
    }
    const answers = await ask(() => questions[command]!(client.code2ProtocolConverter.asUri(doc.uri)));
    if (!answers) {
      return undefined;
    }
    args = answers;
  }
  try {
    const result = await client.sendRequest(ExecuteCommandRequest.type, { command, arguments: args as never });
    if (command === 'armillary.showUses' && args.length === 2) {
      await showLocations(client, args[0] as string, args[1] as Position, result as Location[]);
    }
    return result;
  } catch (err) {
    void vscode.window.showErrorMessage(`armillary: ${err instanceof Error ? err.message : err}`);
    return undefined;
  }
}

// Shows places in the editor's own list.
async function showLocations(client: LanguageClient, uri: string, at: Position, places: Location[]): Promise<void> {
  const convert = client.protocol2CodeConverter;
  await vscode.commands.executeCommand(
    'editor.action.showReferences', convert.asUri(uri), convert.asPosition(at), places.map(p => convert.asLocation(p)),
  );
}

async function ask<T>(question: () => Promise<T>): Promise<T | undefined> {
  try {
    return await question();
  } catch (err) {
    if (err instanceof BinaryMissing) {
      void reportMissing(err, () => {});
    } else {
      void vscode.window.showErrorMessage(`armillary: ${err instanceof Error ? err.message : err}`);
    }
    return undefined;
  }
}

// Texts that the program printed, as documents that cannot be edited: armillary:explain%20AZS120.
const scheme = 'armillary';

export class Printed implements vscode.TextDocumentContentProvider {
  private readonly texts = new Map<string, string>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;

  register(): vscode.Disposable {
    return vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? '';
  }

  // Runs the program and shows what it printed, be it a refusal.
  async show(title: string, args: string[], cwd?: string): Promise<void> {
    await ask(async () => {
      const { stdout, stderr } = await run(findBinary(), args, { cwd, maxBuffer: 64 << 20 }).catch(
        (err: Error & { stdout?: string; stderr?: string }) => {
          if (err.stdout === undefined || err instanceof BinaryMissing) {
            throw err;
          }
          return { stdout: err.stdout, stderr: err.stderr ?? '' };
        });
      const uri = vscode.Uri.from({ scheme, path: title });
      this.texts.set(uri.toString(), stdout || stderr);
      this.changed.fire(uri);
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { viewColumn: vscode.ViewColumn.Beside, preview: true });
    });
  }

  // Explains a code: the one of the problem at the cursor, or what the user types.
  async explain(code?: string): Promise<void> {
    code ??= await vscode.window.showInputBox({
      title: 'Explain a code', value: codeAtCursor(), placeHolder: 'AZS120, 2.35, 0x200023, EACCES, Gpio',
    });
    if (code?.trim()) {
      await this.show(`explain ${code.trim()}`, ['explain', '--', code.trim()]);
    }
  }

  // What each app below a folder asks for, what it uses, and where.
  async privileges(): Promise<void> {
    const folder = await workspaceFolder();
    if (folder) {
      await this.show(`privileges of ${folder.name}`, ['check', '--privileges', '.'], folder.uri.fsPath);
    }
  }
}

function codeAtCursor(): string | undefined {
  const editor = vscode.window.activeTextEditor;
  const found = editor && vscode.languages.getDiagnostics(editor.document.uri)
    .find(d => d.source === 'armillary' && d.range.contains(editor.selection.active));
  return found && String(typeof found.code === 'object' ? found.code.value : found.code);
}

// The folder of the file in the editor, the only one, or the one that the user picks.
async function workspaceFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  const file = vscode.window.activeTextEditor?.document.uri;
  const folders = vscode.workspace.workspaceFolders ?? [];
  return (file && vscode.workspace.getWorkspaceFolder(file)) ?? (folders.length > 1 ? vscode.window.showWorkspaceFolderPick() : folders[0]);
}
