// The language server: `armillary lsp` over stdio, started once and again when asked or when the setting changes.

import * as vscode from 'vscode';
import { CancellationToken, LanguageClient, LanguageClientOptions, ServerOptions, State } from 'vscode-languageclient/node';

import { BinaryMissing, findBinary, reportMissing } from './binary';
import { execute } from './commands';
import { foldersWithApps, ourSelector, selector } from './languages';

// The settings that the server is told when it starts.
const options = ['strict', 'hwdef', 'inlayHints', 'jsonSyntax'];

export const startSettings = ['path', ...options].map(name => `armillary.${name}`);

export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private busy: Promise<void> = Promise.resolve();
  private wanted = false;
  private covered: string[] = []; // folders whose C and CMake files the server is told of

  constructor(private readonly output: vscode.LogOutputChannel) {}

  // Starts the server unless that has been asked for before.
  ensure(): Promise<void> {
    return this.wanted ? this.busy : this.restart();
  }

  // Starts the server anew if anything has asked for it so far.
  restartIfWanted(): Promise<void> {
    return this.wanted ? this.restart() : Promise.resolve();
  }

  // Starts the server, or starts it anew. Calls run one after the other.
  restart(): Promise<void> {
    this.wanted = true;
    this.busy = this.busy.then(() => this.stopNow()).then(() => this.startNow());
    return this.busy;
  }

  // Starts the server if a folder with an app has come, so that it is told of the sources there too.
  async coverFolders(): Promise<void> {
    const folders = await foldersWithApps();
    await this.busy;
    if (folders.some(f => !this.covered.includes(f.uri.toString()))) {
      await this.restart();
    }
  }

  dispose(): Promise<void> {
    this.busy = this.busy.then(() => this.stopNow());
    return this.busy;
  }

  private async startNow(): Promise<void> {
    let command: string;
    try {
      command = findBinary();
    } catch (err) {
      if (!(err instanceof BinaryMissing)) {
        throw err;
      }
      this.output.error(err.message);
      void reportMissing(err, () => void this.restart());
      return;
    }
    this.output.info(`language server: ${command} lsp`);
    const run = { command, args: ['lsp'] };
    const serverOptions: ServerOptions = { run, debug: run };
    const folders = await foldersWithApps();
    this.covered = folders.map(f => f.uri.toString());
    const set = vscode.workspace.getConfiguration('armillary');
    const clientOptions: LanguageClientOptions = {
      documentSelector: selector(folders),
      initializationOptions: Object.fromEntries(options.map(name => [name, set.get(name)])),
      outputChannel: this.output,
      diagnosticCollectionName: 'armillary',
      middleware: {
        executeCommand: (command, args) => execute(client, command, args),
        // The server formats JSON; of that, VS Code's own support has what is not of these two languages.
        handleRegisterCapability: async (params, next) => {
          for (const r of params.registrations.filter(r => /^textDocument\/(range)?[fF]ormatting$/.test(r.method))) {
            r.registerOptions = { ...r.registerOptions, documentSelector: ourSelector };
          }
          await next(params, CancellationToken.None);
        },
      },
    };
    const client = new LanguageClient('armillary', 'armillary', serverOptions, clientOptions);
    this.client = client;
    try {
      await client.start();
      await this.running(true);
    } catch (err) {
      this.output.error(`the language server did not start: ${err}`);
      void vscode.window.showErrorMessage(`armillary: the language server did not start: ${err}`, 'Show Output').then(choice => {
        if (choice) {
          this.output.show();
        }
      });
    }
  }

  private async stopNow(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await this.running(false);
    if (client && client.state !== State.Stopped) {
      await client.dispose().catch(err => this.output.warn(`stopping the language server: ${err}`));
    }
  }

  // Whether the palette offers what the server does.
  private async running(yes: boolean): Promise<void> {
    await vscode.commands.executeCommand('setContext', 'armillary.running', yes);
  }
}
