// The languages of the app's files. They have ids of their own instead of json or jsonc, because VS Code's JSON server
// checks those two: it would say every syntax error a second time, and contradict what armillary allows.

import * as vscode from 'vscode';
import { DocumentFilter } from 'vscode-languageclient/node';

export const manifestLanguage = 'azsphere-manifest';
export const definitionLanguage = 'azsphere-hwdef';

export const manifestName = 'app_manifest.json';

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
  } else if (doc.uri.path.endsWith(`/${manifestName}`)) {
    void vscode.languages.setTextDocumentLanguage(doc, manifestLanguage);
  }
}

// Whether the language server is for this file.
export function isOurs(doc: vscode.TextDocument): boolean {
  return doc.languageId === manifestLanguage || doc.languageId === definitionLanguage;
}

// The folders of the workspace that hold an app. Elsewhere C and CMake files are other people's.
export async function foldersWithApps(): Promise<vscode.WorkspaceFolder[]> {
  const found: vscode.WorkspaceFolder[] = [];
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    const manifests = await vscode.workspace.findFiles(new vscode.RelativePattern(folder, `**/${manifestName}`), '**/node_modules/**', 1);
    if (manifests.length > 0) {
      found.push(folder);
    }
  }
  return found;
}

export const ourSelector: DocumentFilter[] = [manifestLanguage, definitionLanguage].map(language => ({ scheme: 'file', language }));

// The files that the server is told of: manifests and definitions wherever they lie, and what surrounds an app in the
// folders that have one. A .h file is C++ to VS Code unless a setting says otherwise.
export function selector(folders: vscode.WorkspaceFolder[]): DocumentFilter[] {
  const around = ['**/*.{c,h}', '**/{CMakeLists.txt,*.cmake}', '**/{CMakePresets,CMakeUserPresets,armillary}.json', '**/.vscode/launch.json'];
  return [
    ...ourSelector,
    ...folders.flatMap(folder => around.map(pattern => (
      { scheme: 'file', pattern: { baseUri: folder.uri.toString(), pattern } }))),
  ];
}
