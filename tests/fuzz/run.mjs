#!/usr/bin/env node
// A fuzzer (PyPI `schemathesis`) that knows the JSON interface from its OpenAPI document alone, with all its checks on: no
// server error, no answer that the document does not describe, nothing without authentication.
//
//     cargo build && node tests/fuzz/run.mjs
//
// For half a minute, or as many seconds as DOORWARD_FUZZ_SECONDS says; ends with `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { installPythonPackages } from '../clients/harness/install.mjs';
import { binary, Server } from '../clients/harness/server.mjs';
import { Tally } from '../clients/harness/tally.mjs';

const SECONDS = Number(process.env.DOORWARD_FUZZ_SECONDS ?? 30);
const GRETA = { email: 'greta@people.example', password: 'Greta counts the herons' };
const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');

// The limits are tested elsewhere; here they would only hide what is behind them.
Object.assign(process.env, {
  DOORWARD__LIMITS__MAILS_PER_SOURCE: '10000',
  DOORWARD__LIMITS__SIGNUPS_PER_SOURCE: '10000',
  DOORWARD__LIMITS__LOGIN_FAILURES_PER_SOURCE: '10000',
});

const python = installPythonPackages(join(here, 'requirements.txt'), join(root, 'target', 'python-fuzz'));
const folder = mkdtempSync(join(tmpdir(), 'doorward-fuzz-'));
const tally = new Tally('fuzz');
const server = await Server.start(binary(root), join(here, 'apply.toml'));
console.log(`# ${server.issuer}, log ${server.log}`);

await tally.check(`nothing is found in ${SECONDS} seconds`, async () => {
  const answer = await fetch(`${server.issuer}/api/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(GRETA),
  });
  if (answer.status !== 201) throw new Error(`signing in was answered ${answer.status}: ${await answer.text()}`);
  const cookie = answer.headers.getSetCookie().find((line) => line.startsWith('doorward-sessions='));
  const DOORWARD_SESSION = cookie.slice(cookie.indexOf('=') + 1, cookie.indexOf(';'));
  const words = [
    join(dirname(python), 'schemathesis'),
    '--config-file', join(here, 'schemathesis.toml'),
    'run', `${server.issuer}/api/v1/openapi.json`,
    '--checks', 'all', '--max-time', String(SECONDS), '--max-failures', '40', '--continue-on-failure', '--no-color',
  ];
  const done = spawnSync(python, words, {
    cwd: folder, env: { ...process.env, DOORWARD_SESSION }, encoding: 'utf8', timeout: (SECONDS + 120) * 1000,
  });
  const said = `${done.stdout}${done.stderr}`;
  if (done.status !== 0) throw new Error(`the fuzzer ended with ${done.status ?? done.signal}:\n${said.slice(-20_000)}`);
  console.log(`# ${said.match(/\d+ generated.*/)?.[0] ?? 'no count'}`);
});
await tally.check('the server did not fail once, and ends cleanly', async () => {
  const broken = readFileSync(server.log, 'utf8').split('\n').filter((line) => / ERROR /.test(line));
  if (broken.length > 0) throw new Error(broken.slice(0, 20).join('\n'));
  const how = await server.stop();
  if (how !== 0) throw new Error(`ended with ${how}`);
});
rmSync(folder, { recursive: true });
if (tally.failed === 0) server.forget();
tally.close();
