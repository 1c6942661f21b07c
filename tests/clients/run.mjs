#!/usr/bin/env node
// Runs relying parties nobody here wrote against one running server, through its real pages.
//
//     cargo build && node tests/clients/run.mjs [NAME…]
//
// Installs the pinned packages beside itself, starts `doorward dev` with apply.toml on an empty data directory, runs the
// programs side by side (each has its own client and person), and ends with `N passed, N failed`. The server has one
// provider of other people's making, `other` (harness/upstream.mjs).
import { spawn } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { installNodePackages, installPythonPackages } from './harness/install.mjs';
import { binary, Server } from './harness/server.mjs';
import { Tally } from './harness/tally.mjs';

const PROGRAM_ENDS_WITHIN_MS = 180_000;
// What is off unless an operator wants it.
const BEYOND_THE_CODE_FLOW = {
  DOORWARD__PROTOCOL__REGISTRATION: 'open',
  DOORWARD__PROTOCOL__FRONT_CHANNEL_ID_TOKENS: 'true',
  DOORWARD__PROTOCOL__CIBA: 'true',
  DOORWARD__PROTOCOL__CLIENT_ID_DOCUMENTS: 'true',
};
const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');

const program = binary(root);
installNodePackages(here);
// Only now, because they stand on the packages.
const { Upstream } = await import('./harness/upstream.mjs');
const { withFreshKeys } = await import('./harness/apps.mjs');
const python = installPythonPackages(join(here, 'requirements.txt'), join(root, 'target', 'python'));

const programs = {
  openid_client: [process.execPath, join(here, 'openid_client.mjs')],
  federation: [process.execPath, join(here, 'federation.mjs')],
  whole_protocol: [process.execPath, join(here, 'whole_protocol.mjs')],
  mutual_tls: [process.execPath, join(here, 'mutual_tls.mjs')],
  oauth4webapi: [process.execPath, join(here, 'oauth4webapi.mjs')],
  authlib_flask: [python, join(here, 'python', 'authlib_flask.py')],
  idpyoidc_rp: [python, join(here, 'python', 'idpyoidc_rp.py')],
};
const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(programs);

const tally = new Tally('real clients');
let upstream;
const apps = await withFreshKeys(join(here, 'apply.toml'));
const server = await Server.start(program, apps.apply, async (issuer) => {
  upstream = await Upstream.start(issuer);
  return { ...upstream.settings, ...BEYOND_THE_CODE_FLOW };
});
console.log(`# ${server.issuer}, log ${server.log}`);
await Promise.all(chosen.map((name) => run(name, programs[name])));
await tally.check('the server ends cleanly when asked to', async () => {
  const how = await server.stop();
  if (how !== 0) throw new Error(`ended with ${how}`);
});
upstream.stop();
if (tally.failed > 0) console.log(`# the server's last words:\n${server.lastLines()}`);
else server.forget();
tally.close();

/** Runs one program to its end, copying and counting its lines. */
async function run(name, [command, ...args]) {
  const env = { ...process.env, DOORWARD_ISSUER: server.issuer, DOORWARD_APP_KEYS: apps.keys, PYTHONDONTWRITEBYTECODE: '1' };
  delete env.DOORWARD_TALLY;
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal));
    child.once('error', (error) => resolve(error.message));
  });
  const late = setTimeout(() => child.kill('SIGKILL'), PROGRAM_ENDS_WITHIN_MS);
  let failed = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (/^\d+ passed, \d+ failed$/.test(line)) return;
    if (/^not ok /.test(line)) failed += 1;
    tally.take(line);
    console.log(line);
  });
  const complaints = [];
  createInterface({ input: child.stderr }).on('line', (line) => complaints.push(line));
  const how = await ended;
  clearTimeout(late);
  // A program that dies between two checks must not look like one that had fewer to make.
  if (how !== 0 && failed === 0) tally.record(false, `${name}: runs to its end`, `ended with ${how}\n${complaints.join('\n')}`);
}
