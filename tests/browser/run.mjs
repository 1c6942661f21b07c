#!/usr/bin/env node
// The pages in a real browser: Debian's Chromium, driven without a download of its own.
//
//     cargo build --bin doorward --example gallery && node tests/browser/run.mjs [PART…]
//
// The journey of the demo application, and those of people who come from other providers, once with JavaScript and once
// without, then every page that no journey passes, then every look of every page and mail from their samples. On each page: nothing for axe to find in light or dark, no content security violation, no other host asked.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { installNodePackages } from '../clients/harness/install.mjs';
import { beside, binary, Server } from '../clients/harness/server.mjs';
import { Tally } from '../clients/harness/tally.mjs';
import { Elsewhere } from './elsewhere.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const program = binary(resolve(here, '../..'));
const executablePath = process.env.DOORWARD_CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(executablePath)) throw new Error(`${executablePath} does not exist\nhint: apt-get install chromium, or name one in DOORWARD_CHROMIUM`);
installNodePackages(here);

const { chromium } = await import('playwright-core');
const { demoApp } = await import('./demo_app.mjs');
const { federation } = await import('./federation.mjs');
const { gallery } = await import('./gallery.mjs');
const { otherPages } = await import('./other_pages.mjs');
const { singlePageApplication } = await import('./spa.mjs');

const folder = mkdtempSync(join(tmpdir(), 'doorward-browser-'));
const looks = join(folder, 'gallery');
execFileSync(beside(program, 'examples/gallery'), [looks]);
const tally = new Tally('browser');
const elsewhere = await Elsewhere.open(3);
const [shop, spa, stranger] = elsewhere.origins;
const apply = join(folder, 'apply.toml');
writeFileSync(apply, readFileSync(join(here, 'apply.toml'), 'utf8').replaceAll('SHOP', shop).replaceAll('SPA', spa));
const server = await Server.start(program, apply);
console.log(`# ${server.issuer}, log ${server.log}`);
const browser = await chromium.launch({
  executablePath,
  args: [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
  ],
});
const parts = {
  demo_app: () => demoApp(tally, browser, server.issuer, true),
  demo_app_without_script: () => demoApp(tally, browser, server.issuer, false),
  federation: () => onItsOwn((issuer) => federation(tally, browser, issuer, shop, true)),
  federation_without_script: () => onItsOwn((issuer) => federation(tally, browser, issuer, shop, false)),
  other_pages: () => otherPages(tally, browser, server.issuer, shop),
  spa: () => singlePageApplication(tally, browser, server.issuer, spa, stranger),
  gallery: () => gallery(tally, browser, looks),
};

/** Runs a part against a server that nobody used before. */
async function onItsOwn(part) {
  const own = await Server.start(program, apply);
  const failedBefore = tally.failed;
  await part(own.issuer).finally(() => own.stop());
  if (tally.failed > failedBefore) console.log(`# the last words of a server of its own:\n${own.lastLines()}`);
  else own.forget();
}

try {
  for (const name of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts)) {
    await parts[name]().catch((error) => tally.record(false, `${name}: runs to its end`, error.stack));
  }
} finally {
  await browser.close();
  await server.stop();
  elsewhere.close();
  rmSync(folder, { recursive: true });
}
if (tally.failed > 0) console.log(`# the server's last words:\n${server.lastLines()}`);
else server.forget();
tally.close();
