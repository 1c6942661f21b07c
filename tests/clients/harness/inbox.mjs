// Owns: reading mail in the development inbox, as a program does (JSON).
// Mail is delivered in the background, so a reader waits for it, up to a deadline.
import { setTimeout as pause } from 'node:timers/promises';

const DELIVERED_WITHIN_MS = 10_000;

/** All mail for `address`, newest last. */
export async function mailFor(issuer, address) {
  const answer = await fetch(`${issuer}/dev/inbox`, { headers: { accept: 'application/json' } });
  if (!answer.ok) throw new Error(`/dev/inbox answered ${answer.status}`);
  const { mails } = await answer.json();
  return mails.filter((mail) => mail.to === address).reverse();
}

/** The six digits of the newest mail for `address` beyond the first `seen` ones. */
export async function codeFor(issuer, address, seen = 0) {
  return inNewest(issuer, address, seen, (mail) => mail.code);
}

/** The first link to the server in the newest mail for `address`. */
export async function linkFor(issuer, address, seen = 0) {
  return inNewest(issuer, address, seen, (mail) => mail.link);
}

async function inNewest(issuer, address, seen, find) {
  const deadline = Date.now() + DELIVERED_WITHIN_MS;
  while (Date.now() < deadline) {
    const messages = await mailFor(issuer, address);
    const found = messages.length > seen && find(messages.at(-1));
    if (found) return found;
    await pause(50);
  }
  throw new Error(`no such mail for ${address} within ${DELIVERED_WITHIN_MS} ms`);
}
