// Runs a test file inside the real extension host of VS Code (the workbench of code-server), with an extension under
// development loaded. Nothing is clicked: the test speaks the `vscode` API.
//
// usage:  node tools/editors/exthost.mjs --ext DIR --test FILE --workspace DIR [--timeout MS] [--shot FILE.png] [--verbose]
// env:    TOOLS  folder with node24, code-server and playwright (tools/setup); default .tools in the repository
// The test exports run(); a throw fails it. It inherits this process's environment. Its lines that begin with "TEST " are
// printed, and all errors of the window. --shot: the test may print "TEST shot" and wait for the file to be
// written, or "TEST shot -NAME" for FILE-NAME.png.
// exit:   0 passed, 1 failed, 2 could not run or no end within the time
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: opt } = parseArgs({
  options: {
    ext: { type: 'string' }, test: { type: 'string' }, workspace: { type: 'string' }, shot: { type: 'string' },
    timeout: { type: 'string', default: '240000' }, verbose: { type: 'boolean', default: false },
  },
});
if (!opt.ext || !opt.test || !opt.workspace) {
  console.error('usage: exthost.mjs --ext DIR --test FILE --workspace DIR [--timeout MS] [--shot FILE.png] [--verbose]');
  process.exit(2);
}
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const tools = path.resolve(process.env.TOOLS || path.join(root, '.tools'));
const node = path.join(tools, 'node24/node_modules/node/bin/node');
const serverMain = path.join(tools, 'code-server/node_modules/code-server/lib/vscode/out/server-main.js');
const { chromium } = createRequire(path.join(tools, 'playwright/package.json'))('playwright-core');
const state = fs.mkdtempSync(path.join(os.tmpdir(), 'exthost-'));

// Quiet: nothing that asks, offers or downloads.
const settings = {
  'security.workspace.trust.enabled': false, 'workbench.startupEditor': 'none', 'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false, 'extensions.autoCheckUpdates': false, 'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden', 'workbench.tips.enabled': false, 'workbench.enableExperiments': false,
  'remote.autoForwardPorts': false, 'git.enabled': false, 'debug.toolBarLocation': 'docked', 'debug.openDebug': 'openOnDebugBreak',
};

const freePort = () => new Promise((ok, bad) => {
  const s = net.createServer().on('error', bad).listen(0, '127.0.0.1', () => {
    const { port } = s.address();
    s.close(() => ok(port));
  });
});

const exts = path.join(state, 'extensions');
for (const d of ['data/User', 'data/Machine']) {
  fs.mkdirSync(path.join(state, 'data', d), { recursive: true });
  fs.writeFileSync(path.join(state, 'data', d, 'settings.json'), JSON.stringify(settings));
}
fs.mkdirSync(exts);
const port = await freePort();
const host = `127.0.0.1:${port}`;
const logFile = path.join(state, 'server.log');
const log = fs.openSync(logFile, 'w');
// --enable-smoke-test-driver: without it a built VS Code ignores an extension under development in the address.
const server = spawn(node, [
  serverMain, '--host', '127.0.0.1', '--port', String(port), '--without-connection-token', '--accept-server-license-terms',
  '--enable-smoke-test-driver', '--disable-workspace-trust', '--disable-telemetry', '--server-data-dir', path.join(state, 'data'),
  '--extensions-dir', exts, '--reconnection-grace-time', '5',
  // VSCODE_CLI: as if started from a terminal; otherwise the environment is replaced by that of a login shell.
], { detached: true, stdio: ['ignore', log, log], env: { ...process.env, VSCODE_CLI: '1' } });

// Opens the variables, as far as they are shown, and writes the picture.
async function takePicture(page, file) {
  const variables = await page.locator('.debug-variables').isVisible();
  for (const row of variables ? ['Locals', /^b\b/] : []) {
    await page.locator('.debug-variables .monaco-list-row', { hasText: row }).first().click({ timeout: 3000 }).catch(() => {});
    await page.waitForTimeout(700);
  }
  await page.screenshot({ path: file + '.part', type: 'png' });
  fs.renameSync(file + '.part', file);
}

// What the window complains of because it is offline or is no release.
const noise = /Service Worker|ENOTFOUND|AgentHost|ChatModelSelection|net::ERR|marketplace|punycode|authentication provider|on pty host/;
const started = Date.now();
let code = 2;
let browser;
try {
  for (let up = false; !up;) {
    up = await fetch(`http://${host}/version`).then(r => r.ok, () => false);
    if (!up && (server.exitCode !== null || Date.now() - started > 60000)) {
      throw new Error(`the server did not start:\n${fs.readFileSync(logFile, 'utf8').slice(-2000)}`);
    }
    if (!up) {
      await new Promise(r => setTimeout(r, 50));
    }
  }
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  });
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  const ended = new Promise(r => page.exposeFunction('codeAutomationExit', r));
  await page.exposeFunction('codeAutomationLog', (type, args) => {
    const text = args.map(String).join(' ');
    const test = /^(?:.*?)\bTEST (.*)$/s.exec(text);
    if (test) {
      console.log(test[1].slice(0, 2000));
      const shot = /^shot ?(\S*)$/.exec(test[1]);
      if (shot && opt.shot) {
        void takePicture(page, opt.shot.replace(/(\.png)?$/, `${shot[1]}$1`));
      }
    } else if (opt.verbose || (type === 'error' && !noise.test(text))) {
      console.log(`[${type}] ${text.slice(0, 2000)}`);
    }
  });
  const remote = p => `vscode-remote://${host}${path.resolve(p)}`;
  const payload = JSON.stringify([
    ['extensionDevelopmentPath', remote(opt.ext)], ['extensionTestsPath', remote(opt.test)], ['skipWelcome', 'true'],
  ]);
  await page.goto(`http://${host}/?folder=${path.resolve(opt.workspace)}&payload=${encodeURIComponent(payload)}`);
  const result = await Promise.race([ended, new Promise(r => setTimeout(r, +opt.timeout, 'timeout'))]);
  if (result === 'timeout' && opt.shot) {
    await page.screenshot({ path: opt.shot });
  }
  code = result === 0 ? 0 : result === 'timeout' ? 2 : 1;
  console.log(`extension host: ${result === 0 ? 'passed' : result} after ${Date.now() - started} ms`);
} catch (err) {
  console.log(`could not run: ${err.stack ?? err}`);
}
await browser?.close();
try {
  process.kill(-server.pid, 'SIGTERM');
} catch {
  // it has ended by itself
}
fs.rmSync(state, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
process.exit(code);
