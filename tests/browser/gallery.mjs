// Every page and mail in every look and language, made by `examples/gallery.rs`: states that no journey reaches, too.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { assertAccessible, MAIL_RULES, PAGE_RULES, Watch } from './watch.mjs';

const ORIGIN = 'http://gallery.example';
// The nonce of the samples: a style or script without it is a violation, as it would be when served.
const NONCE = "'nonce-c2FtcGxlIG5vbmNl'";
// Where the samples' applications are.
const APPLICATION = 'https://notes.acme.example';
const POLICY = `default-src 'none'; style-src ${NONCE}; script-src ${NONCE}; img-src 'self' data:; frame-src 'self' ${APPLICATION}`;

/** Lets axe look at each file of `directory`; one check for all looks of one template. */
export async function gallery(tally, browser, directory) {
  const looks = grouped(readdirSync(directory).sort().filter(isWorthALook));
  const watch = await Watch.over(browser, ORIGIN, {}, [APPLICATION]);
  const empty = { contentType: 'text/html', body: '<!doctype html><html lang="en"><title>application</title>' };
  await watch.context.route(`${APPLICATION}/**`, (route) => route.fulfill(empty));
  await watch.context.route(`${ORIGIN}/**`, (route) => route.fulfill(answer(directory, new URL(route.request().url()).pathname.slice(1))));
  const tab = await watch.tab();
  for (const [template, files] of looks) {
    await tally.check(`every look of ${template}`, async () => {
      for (const file of files) {
        await tab.goto(`${ORIGIN}/${file}`);
        await assertAccessible(tab, template.startsWith('mail-') ? MAIL_RULES : PAGE_RULES);
      }
      watch.assertQuiet();
    });
  }
  await watch.context.close();
}

function answer(directory, file) {
  // The frame in which the inbox shows a mail's HTML part.
  if (!file.endsWith('.html')) return { contentType: 'text/html', body: '<!doctype html><title>mail</title>' };
  const body = readFileSync(join(directory, file), 'utf8');
  if (file.startsWith('mail-')) return { contentType: 'text/html', body };
  return {
    contentType: 'text/html; charset=utf-8',
    headers: { 'content-security-policy': POLICY },
    // These pages leave at once by their scripts.
    body: /form_post|logged_out/.test(file) ? body.replace(/<script.*<\/script>/s, '') : body,
  };
}

// Languages differ in the length of their words, which shows most where everything is filled in.
const isWorthALook = (file) => !/-bare-(?!en\.)/.test(file);

const templateOf = (file) => file.replace(/^(mail-)?\d+-/, '$1').replace(/(-bare|-full)?-[^-]+\.html$/, '');

function grouped(files) {
  const groups = new Map();
  for (const file of files) groups.set(templateOf(file), [...(groups.get(templateOf(file)) ?? []), file]);
  return groups;
}
