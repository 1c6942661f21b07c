// Owns: `fetch` over TLS that trusts one authority alone and shows a certificate of its own, or none: node's `fetch`
// can do neither for one caller only.
import { Agent, request } from 'node:https';

const ANSWERS_WITHIN_MS = 30_000;

/** What to give to whoever wants a `fetch`; `tls` has the `ca`, and the `cert` and `key` to show, in PEM. */
export function channel(tls) {
  // An agent of its own, so that no connection of one certificate serves another. Each request connects anew and resumes
  // the session of the one before, as long-lived clients do.
  const agent = new Agent({ ...tls, keepAlive: false });
  return async (address, options = {}) => {
    const asked = new Request(address, options);
    const body = Buffer.from(await asked.arrayBuffer());
    const { status, headers, bytes } = await exchange(asked, body, agent, options.signal ?? AbortSignal.timeout(ANSWERS_WITHIN_MS));
    return new Response(bytes.length > 0 ? bytes : null, { status, headers });
  };
}

function exchange({ url, method, headers }, body, agent, signal) {
  return new Promise((resolve, reject) => {
    const own = { 'content-length': String(body.length) };
    const sent = request(url, { method, agent, signal, headers: { ...Object.fromEntries(headers), ...own } }, async (answer) => {
      try {
        const chunks = [];
        for await (const chunk of answer) chunks.push(chunk);
        const { rawHeaders: raw, statusCode: status } = answer;
        const pairs = raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1]]] : []));
        resolve({ status, headers: pairs, bytes: Buffer.concat(chunks) });
      } catch (error) {
        reject(error);
      }
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
