// Owns: one running `doorward dev` on a free port and an empty data directory, from start to clean end.
// Ends only the process it started. Knows nothing about what is asked of the server.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { channel } from './channel.mjs';

const READY_WITHIN_MS = 30_000;
const END_WITHIN_MS = 15_000;

/** The binary under test: DOORWARD_BINARY, or what `cargo build` left. */
export function binary(root) {
  return existing(process.env.DOORWARD_BINARY ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug', 'doorward'));
}

/** Something built with the binary, by its path in the same folder. */
export function beside(program, path) {
  return existing(join(dirname(program), path));
}

function existing(path) {
  if (existsSync(path)) return path;
  throw new Error(`${path} does not exist\nhint: run \`cargo build --bins --examples\`, or name a binary in DOORWARD_BINARY`);
}

export class Server {
  /**
   * Starts `program` with the clients and people of the file `apply` and further settings, as they are or as a function
   * of the issuer; returns when it is ready. With `https` it speaks TLS by an authority of its own.
   */
  static async start(program, apply, settings = {}, { https = false } = {}) {
    const server = new Server();
    const port = await freePort();
    server.issuer = `${https ? 'https' : 'http'}://127.0.0.1:${port}`;
    const further = typeof settings === 'function' ? await settings(server.issuer) : settings;
    server.data = mkdtempSync(join(tmpdir(), 'doorward-'));
    server.log = join(server.data, 'server.log');
    server.authority = https ? join(server.data, 'data', 'tls', 'authority.pem') : undefined;
    const out = createWriteStream(server.log);
    await once(out, 'open');
    server.process = spawn(
      program,
      [
        'dev', '--listen', `127.0.0.1:${port}`, '--issuer', server.issuer, '--data', join(server.data, 'data'), '--apply', apply,
        ...(https ? ['--https'] : []),
      ],
      { cwd: server.data, stdio: ['ignore', out, out], env: { ...process.env, ...further } },
    );
    server.ended = new Promise((resolve) => {
      server.process.once('exit', (code, signal) => resolve(code ?? signal));
      server.process.once('error', (error) => resolve(error.message));
    });
    try {
      await server.#ready();
    } catch (error) {
      await server.stop();
      throw new Error(`${error.message}\n${server.lastLines()}`);
    }
    return server;
  }

  /** The `fetch` of somebody who trusts its authority, and shows this certificate, or none. */
  fetch({ cert, key } = {}) {
    return this.authority ? channel({ ca: readFileSync(this.authority), cert, key }) : fetch;
  }

  async #ready() {
    const deadline = Date.now() + READY_WITHIN_MS;
    let ended;
    this.ended.then((how) => (ended = how));
    while (Date.now() < deadline) {
      if (ended !== undefined) throw new Error(`the server ended at start: ${ended}`);
      try {
        if ((await this.fetch()(`${this.issuer}/ready`)).ok) return;
      } catch {
        // Not listening yet, or its authority is not made.
      }
      await pause(50);
    }
    throw new Error(`the server was not ready within ${READY_WITHIN_MS} ms`);
  }

  /** Asks the server to end, and gives its exit code, or the signal that was needed. */
  async stop() {
    this.process.kill('SIGTERM');
    const how = await Promise.race([this.ended, pause(END_WITHIN_MS, 'late', { ref: false })]);
    if (how !== 'late') return how;
    this.process.kill('SIGKILL');
    return this.ended;
  }

  lastLines(count = 60) {
    return readFileSync(this.log, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  }

  forget() {
    rmSync(this.data, { recursive: true, force: true });
  }
}

/** A port that nobody listens on. */
export async function freePort() {
  const listener = createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();
  listener.close();
  await once(listener, 'close');
  return port;
}
