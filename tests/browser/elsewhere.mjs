// Owns: other origins for relying parties to be at: listeners that answer every request with an empty page,
// and with a picture at LOGO.
import { once } from 'node:events';
import { createServer } from 'node:http';

const PAGE = '<!doctype html><html lang="en"><title>elsewhere</title><link rel="icon" href="data:,">';

const PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle cx="20" cy="20" r="18"/></svg>';
/** Where the applications keep their logos: the one thing that pages load from them. */
export const LOGO = '/logo.svg';

export class Elsewhere {
  /** Opens `count` of them; their origins differ by port, and from the server under test by host, too. */
  static async open(count) {
    const elsewhere = new Elsewhere();
    elsewhere.listeners = Array.from({ length: count }, () =>
      createServer((asked, answer) => {
        const [type, body] = asked.url === LOGO ? ['image/svg+xml', PICTURE] : ['text/html', PAGE];
        answer.writeHead(200, { 'content-type': type }).end(body);
      }).listen(0, 'localhost'),
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
