// Owns: reading mail in the development inbox, as a program does (JSON).
// Mail is delivered in the background, so a reader waits for it, up to a deadline.
import { setTimeout as pause } from 'node:timers/promises';

const DELIVERED_WITHIN_MS = 10_000;

/** All mail for `address`, newest first. */
export async function mailFor(issuer, address) {
  const answer = await fetch(`${issuer}/dev/inbox?${new URLSearchParams({ to: address })}`, { headers: { accept: 'application/json' } });
  if (!answer.ok) throw new Error(`/dev/inbox answered ${answer.status}`);
  return (await answer.json()).mails;
}

/** The code in the newest mail for `address` that has one; the oldest `seen` mails do not count. */
export async function codeFor(issuer, address, seen = 0) {
  return newest('code', issuer, address, seen);
}

/** The link in the newest mail for `address` that has one to `path`; the oldest `seen` mails do not count. */
export async function linkFor(issuer, address, seen = 0, path = '/') {
  return newest('link', issuer, address, seen, (link) => new URL(link).pathname.startsWith(path));
}

/** The subjects of all mail for `address` beyond the oldest `seen`, once there are `count`. */
export async function mailsBeyond(issuer, address, seen, count) {
  const deadline = Date.now() + DELIVERED_WITHIN_MS;
  let subjects = [];
  while (Date.now() < deadline) {
    const mails = await mailFor(issuer, address);
    subjects = mails.slice(0, mails.length - seen).map((mail) => mail.subject);
    if (subjects.length >= count) return subjects;
    await pause(50);
  }
  throw new Error(`${subjects.length} of ${count} mails for ${address} within ${DELIVERED_WITHIN_MS} ms: ${subjects}`);
}

async function newest(member, issuer, address, seen, isWanted = () => true) {
  const deadline = Date.now() + DELIVERED_WITHIN_MS;
  while (Date.now() < deadline) {
    const mails = await mailFor(issuer, address);
    const found = mails.slice(0, mails.length - seen).find((mail) => mail[member] && isWanted(mail[member]));
    if (found) return found[member];
    await pause(50);
  }
  throw new Error(`no mail with a ${member} for ${address} within ${DELIVERED_WITHIN_MS} ms`);
}
