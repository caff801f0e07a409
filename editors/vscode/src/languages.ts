// The languages of the app's files. They have ids of their own instead of json or jsonc, because VS Code's JSON server
// checks those two: it would say every syntax error a second time, and contradict what armillary allows.

import * as vscode from 'vscode';

export const manifestLanguage = 'azsphere-manifest';
export const definitionLanguage = 'azsphere-hwdef';

// How a hardware definition says what it is.
const definitionMark = '"Azure Sphere Hardware Definition"';

// Gives files that lie elsewhere than in a HardwareDefinitions folder their language by what they say they are.
export function classify(doc: vscode.TextDocument): void {
  if (doc.languageId !== 'json' && doc.languageId !== 'jsonc') {
    return;
  }
  const head = doc.getText(new vscode.Range(0, 0, 40, 0));
  if (head.includes(definitionMark)) {
    void vscode.languages.setTextDocumentLanguage(doc, definitionLanguage);
  } else if (doc.uri.path.endsWith('/app_manifest.json')) {
    void vscode.languages.setTextDocumentLanguage(doc, manifestLanguage);
  }
}

// Whether the language server is for this file.
export function isOurs(doc: vscode.TextDocument): boolean {
  return doc.languageId === manifestLanguage || doc.languageId === definitionLanguage;
}
