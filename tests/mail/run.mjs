#!/usr/bin/env node
// Doorward against a real mail server (aiosmtpd) that is down, refuses, or is very slow while people ask for mails.
//
//     cargo build && node tests/mail/run.mjs
//
// What must hold in each case: no request waits for the mail server, every mail arrives once it takes mails, none twice.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { installNodePackages, installPythonPackages } from '../clients/harness/install.mjs';
import { binary, freePort, Server } from '../clients/harness/server.mjs';
import { Tally } from '../clients/harness/tally.mjs';

// The slow server takes this long for each of its answers; whoever waited for it would be late.
const TARPIT_MS = 3_000;
// Past the second of the waits between attempts (5 s, 30 s), with a tarpit's time for a mail.
const ARRIVED_WITHIN_MS = 75_000;
// In this time a second copy of a mail would come: the wait after a first attempt, and more.
const QUIET_MS = 8_000;
const PEOPLE = ['anna', 'bela', 'cora'];
const NEWCOMERS = ['dora', 'emil', 'fritz', 'gerda'];

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const program = binary(root);
installNodePackages(join(here, '../clients'));
const python = installPythonPackages(join(here, 'requirements.txt'), join(root, 'target', 'python-mail'));
const { Person } = await import('../clients/harness/person.mjs');

/** A mail server, and what it took. */
class MailServer {
  taken = [];

  constructor(port, mood) {
    this.port = port;
    this.mood = mood;
  }

  async start() {
    this.process = spawn(python, [join(here, 'server.py'), String(this.port), this.mood], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.ended = once(this.process, 'exit');
    const lines = createInterface({ input: this.process.stdout });
    await once(lines, 'line');
    lines.on('line', (line) => this.taken.push(JSON.parse(line)));
  }

  /** From now on it takes everything. */
  relent() {
    this.process.stdin.write('\n');
  }

  async stop() {
    if (!this.process) return;
    this.process.kill('SIGKILL');
    await this.ended;
  }
}

/** Everybody asks for a mail; gives how long the slowest answer took. */
async function everybodyAsks(issuer) {
  let slowest = 0;
  const timed = async (work) => {
    const begun = Date.now();
    const page = await work();
    slowest = Math.max(slowest, Date.now() - begun);
    return page;
  };
  for (const name of PEOPLE) {
    const person = new Person(issuer);
    const form = await timed(() => person.open('/reset'));
    const sent = await timed(() => person.press(form, 'reset-submit', { username: `${name}@people.example` }));
    assert.equal(sent.status, 200, sent.describe());
  }
  for (const name of NEWCOMERS) {
    const person = new Person(issuer);
    const form = await timed(() => person.open('/signup'));
    const values = { username: `${name}@people.example`, password: `${name} waters the tomatoes` };
    const sent = await timed(() => person.press(form, 'signup-submit', values));
    assert.ok(sent.has('code'), sent.describe());
  }
  return slowest;
}

/** Waits until each address has its mail. */
async function arrived(mails) {
  const wanted = [...PEOPLE, ...NEWCOMERS].map((name) => `${name}@people.example`).sort();
  const deadline = Date.now() + ARRIVED_WITHIN_MS;
  const missing = () => wanted.filter((address) => !mails.taken.some((mail) => mail.to === address));
  while (missing().length > 0) {
    if (Date.now() > deadline) throw new Error(`nothing for ${missing().join(', ')} within ${ARRIVED_WITHIN_MS} ms`);
    await pause(100);
  }
  await pause(QUIET_MS);
  assert.deepEqual(mails.taken.map((mail) => mail.to).sort(), wanted, 'one mail each');
  assert.equal(new Set(mails.taken.map((mail) => mail.id)).size, wanted.length, 'each with an id of its own');
}

/** One case from start to end; `before` is what the mail server does while people ask, `after` what changes then. */
async function scenario(tally, name, mood, before, after) {
  const mails = new MailServer(await freePort(), mood);
  const settings = {
    DOORWARD__MAIL__TRANSPORT: 'smtp',
    DOORWARD__MAIL__HOST: '127.0.0.1',
    DOORWARD__MAIL__PORT: String(mails.port),
    DOORWARD__MAIL__SECURITY: 'none',
    DOORWARD__MAIL__FROM: 'Doorward <login@doorward.example>',
  };
  await before(mails);
  const server = await Server.start(program, join(here, 'apply.toml'), settings);
  try {
    await tally.check(`${name}: no request waits for the mail server`, async () => {
      const slowest = await everybodyAsks(server.issuer);
      assert.ok(slowest < TARPIT_MS - 200, `the slowest took ${slowest} ms`);
    });
    await after(mails);
    await tally.check(`${name}: every mail arrives, and none twice`, () => arrived(mails));
    await tally.check(`${name}: the server says that it works, and ends cleanly`, async () => {
      assert.equal(await (await fetch(`${server.issuer}/ready`)).text(), 'ready\n');
      assert.equal(await server.stop(), 0);
    });
  } catch (error) {
    await server.stop();
    throw error;
  } finally {
    await mails.stop();
  }
  if (tally.failed > 0) console.log(`# ${name}, the server's last words:\n${server.lastLines()}`);
  else server.forget();
}

const nothing = async () => {};
const tally = new Tally('mail');
await Promise.all([
  // Down for the whole of the run: not there at all until everybody has asked.
  scenario(tally, 'mail server down', 'accept', nothing, (mails) => mails.start()),
  scenario(tally, 'mail server refusing', 'refuse', (mails) => mails.start(), async (mails) => mails.relent()),
  scenario(tally, 'mail server slow', 'tarpit', (mails) => mails.start(), nothing),
]);
tally.close();
