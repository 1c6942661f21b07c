// Owns: other origins for relying parties to be at: listeners that answer every request with an empty page.
import { once } from 'node:events';
import { createServer } from 'node:http';

const PAGE = '<!doctype html><html lang="en"><title>elsewhere</title><link rel="icon" href="data:,">';

export class Elsewhere {
  /** Opens `count` of them; their origins differ by port, and from the server under test by host, too. */
  static async open(count) {
    const elsewhere = new Elsewhere();
    elsewhere.listeners = Array.from({ length: count }, () =>
      createServer((_, answer) => answer.writeHead(200, { 'content-type': 'text/html' }).end(PAGE)).listen(0, 'localhost'),
    );
    await Promise.all(elsewhere.listeners.map((listener) => once(listener, 'listening')));
    elsewhere.origins = elsewhere.listeners.map((listener) => `http://localhost:${listener.address().port}`);
    return elsewhere;
  }

  close() {
    for (const listener of this.listeners) {
      listener.close();
      listener.closeAllConnections();
    }
  }
}
