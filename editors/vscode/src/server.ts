// The language server: `armillary lsp` over stdio, started once and again when asked or when the setting changes.

import * as vscode from 'vscode';
import { LanguageClient, LanguageClientOptions, ServerOptions, State } from 'vscode-languageclient/node';

import { BinaryMissing, findBinary, reportMissing } from './binary';
import { definitionLanguage, manifestLanguage } from './languages';

export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private busy: Promise<void> = Promise.resolve();
  private wanted = false;

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
    const clientOptions: LanguageClientOptions = {
      documentSelector: [
        { scheme: 'file', language: manifestLanguage },
        { scheme: 'file', language: definitionLanguage },
      ],
      outputChannel: this.output,
      diagnosticCollectionName: 'armillary',
    };
    const client = new LanguageClient('armillary', 'armillary', serverOptions, clientOptions);
    this.client = client;
    try {
      await client.start();
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
    if (client && client.state !== State.Stopped) {
      await client.dispose().catch(err => this.output.warn(`stopping the language server: ${err}`));
    }
  }
}
