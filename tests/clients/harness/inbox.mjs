// Owns: reading mail in the development inbox, as a program does (JSON).
// Mail is delivered in the background, so a reader waits for it, up to a deadline.
import { setTimeout as pause } from 'node:timers/promises';

const DELIVERED_WITHIN_MS = 10_000;

/** All mail for `address`, newest last. */
export async function mailFor(issuer, address) {
  const answer = await fetch(`${issuer}/dev/inbox`, { headers: { accept: 'application/json' } });
  if (!answer.ok) throw new Error(`/dev/inbox answered ${answer.status}`);
  const messages = await answer.json();
  return messages.filter((message) => message.to.includes(address));
}

/** The six digits of the newest mail for `address` beyond the first `seen` ones. */
export async function codeFor(issuer, address, seen = 0) {
  const deadline = Date.now() + DELIVERED_WITHIN_MS;
  while (Date.now() < deadline) {
    const messages = await mailFor(issuer, address);
    const code = messages.length > seen && messages.at(-1).subject.match(/\b\d{6}\b/);
    if (code) return code[0];
    await pause(50);
  }
  throw new Error(`no mail with a code for ${address} within ${DELIVERED_WITHIN_MS} ms`);
}
