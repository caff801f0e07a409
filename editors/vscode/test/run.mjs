// Runs test/suite.cjs in the real extension host, on a copy of the blink app with one mistake in its manifest; or with
// --features test/features.cjs, on a copy of editors/test-workspace.
// usage: ARMILLARY=/abs/armillary node test/run.mjs [--verbose] [--shot FILE.png] [--no-debug | --missing | --features]
// env:   TOOLS as for tools/editors/exthost.mjs. TEST_CONFIG: JSON added to the debug configuration, $WORKSPACE replaced. The extension must have been built (npm run build).
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../../..');
const args = process.argv.slice(2);
const shotAt = args.indexOf('--shot');
const shot = shotAt >= 0 ? path.resolve(args[shotAt + 1]) : undefined;

if (shot) {
  fs.rmSync(shot, { force: true });
}

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'vscode-test-'));
const features = args.includes('--features');
const workspace = path.join(dir, 'workspace');
const mistake = '"$SAMPLE_LAMP"';
const mended = '"$SAMPLE_LED"';
if (features) {
  execFileSync(path.join(root, 'editors/test-workspace/spoil'), [workspace]);
} else {
  fs.cpSync(path.join(root, 'testdata/apps/blink'), workspace, { recursive: true });
  fs.rmSync(path.join(workspace, '.vscode'), { recursive: true });
  fs.copyFileSync(path.join(workspace, 'HardwareDefinitions/orrery/orrery.json'), path.join(workspace, 'board.json'));
  const manifest = path.join(workspace, 'app_manifest.json');
  fs.writeFileSync(manifest, fs.readFileSync(manifest, 'utf8').replace(mended, mistake));
}

// The program goes by PATH, as with a user. --missing: the only one is in the workspace, with the workspace in PATH.
const bin = path.join(args.includes('--missing') ? workspace : dir, 'bin');
const trap = args.includes('--missing') ? path.join(dir, 'trap') : '';
fs.mkdirSync(bin);
if (trap) {
  fs.writeFileSync(path.join(bin, 'armillary'), `#!/bin/sh\ntouch '${trap}'\n`, { mode: 0o755 });
  process.env.PATH = process.env.PATH.split(path.delimiter).filter(d => !fs.existsSync(path.join(d, 'armillary'))).join(path.delimiter);
} else {
  fs.symlinkSync(path.resolve(process.env.ARMILLARY ?? path.join(root, 'armillary')), path.join(bin, 'armillary'));
}

const source = 'main.c';
const text = features ? [] : fs.readFileSync(path.join(workspace, source), 'utf8').split('\n');
const line = text.findIndex(l => l.includes('if (Blinker_Toggle(b) != 0)')) + 1;

const result = spawnSync(process.execPath, [
  path.join(root, 'tools/editors/exthost.mjs'), '--ext', path.join(root, 'editors/vscode'), '--test', path.join(here, features ? 'features.cjs' : 'suite.cjs'),
  '--workspace', workspace, ...(args.includes('--verbose') ? ['--verbose'] : []), ...(shot ? ['--shot', shot] : []),
], {
  stdio: ['ignore', 'inherit', 'inherit'],
  env: {
    ...process.env, PATH: bin + path.delimiter + process.env.PATH, HOME: dir, TEST_MISTAKE: mistake, TEST_MENDED: mended, TEST_SOURCE: source,
    TEST_LINE: String(line), TEST_LOCAL: 'b', TEST_SHOT: shot ?? '', TEST_TRAP: trap,
    TEST_CONFIG: (process.env.TEST_CONFIG ?? '').replaceAll('$WORKSPACE', workspace), TEST_DEBUG: args.includes('--no-debug') ? '0' : '1',
  },
});
fs.rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
process.exit(result.status ?? 2);
