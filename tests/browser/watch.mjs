// Owns: what must hold on every page, whatever is done there: nothing asked of other hosts, no request that fails, no
// violation of the content security policy, no error of a script, no heavy page, and nothing for axe to find, in light
// and in dark.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { LOGO } from './elsewhere.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** What axe looks for in a page of ours. */
export const PAGE_RULES = [...WCAG, 'best-practice'];
/** A mail is shown inside somebody else's page, which has the landmarks and the main heading. */
export const MAIL_RULES = WCAG;
// Light and dark differ in colours alone.
const COLOUR_RULES = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };
const PAGE_BYTES_AT_MOST = 30_000;
const STEP_ENDS_WITHIN_MS = 30_000;
const NARROW = { width: 320, height: 640 };

/**
 * A browser context of its own whose complaints are collected; `elsewhere` are origins that it may be sent to, and load a
 * logo from.
 */
export class Watch {
  complaints = [];

  static async over(browser, issuer, options = {}, elsewhere = [], bytesAtMost = PAGE_BYTES_AT_MOST) {
    const watch = new Watch();
    watch.context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...options });
    watch.context.setDefaultTimeout(STEP_ENDS_WITHIN_MS);
    watch.context.on('request', (request) => {
      const { origin, pathname, protocol } = new URL(request.url());
      const isAllowed = request.isNavigationRequest() || (request.resourceType() === 'image' && pathname === LOGO);
      const sentThere = isAllowed && elsewhere.includes(origin);
      if (protocol.startsWith('http') && origin !== issuer && !sentThere) watch.complaints.push(`asked another host: ${request.url()}`);
    });
    watch.context.on('response', async (response) => {
      if (!response.request().isNavigationRequest() || !response.url().startsWith(issuer)) return;
      const body = await response.body().catch(() => undefined); // a redirect has none
      if (body && body.length > bytesAtMost) watch.complaints.push(`${body.length} bytes: ${response.url()}`);
    });
    watch.context.on('requestfailed', (request) => {
      const error = request.failure()?.errorText;
      // Whoever leaves a page at once leaves before its logo is there.
      if (error === 'net::ERR_ABORTED' && new URL(request.url()).pathname === LOGO) return;
      watch.complaints.push(`${error}: ${request.method()} ${request.url()}`);
    });
    watch.context.on('console', (message) => {
      // A refused form is answered by a page with a 4xx status, which the browser notes as well.
      if (message.type() !== 'error' || /^Failed to load resource: .* status of 4\d\d/.test(message.text())) return;
      watch.complaints.push(`${message.text()} at ${message.page()?.url()}`);
    });
    watch.context.on('weberror', (error) => watch.complaints.push(String(error.error())));
    return watch;
  }

  async tab() {
    return this.context.newPage();
  }

  /** Fails if anything was complained of since the last call. */
  assertQuiet() {
    const found = this.complaints.splice(0);
    if (found.length > 0) throw new Error(found.join('\n'));
  }
}

/** Fails if axe finds anything on the page as it stands, in light or dark, or if it does not fit a narrow screen. */
export async function assertAccessible(page, rules = PAGE_RULES) {
  const found = [];
  await page.evaluate(AXE);
  for (const [colorScheme, runOnly] of [['light', { type: 'tag', values: rules }], ['dark', COLOUR_RULES]]) {
    await page.emulateMedia({ colorScheme });
    for (const violation of await violations(page, runOnly)) found.push(`in ${colorScheme}: ${violation}`);
  }
  await page.emulateMedia({ colorScheme: null });
  const wide = page.viewportSize();
  await page.setViewportSize(NARROW);
  const width = await page.evaluate(() => document.scrollingElement.scrollWidth);
  if (width > NARROW.width) found.push(`needs ${width} pixels on a screen of ${NARROW.width} (WCAG 2.2, 1.4.10)`);
  await page.setViewportSize(wide);
  if (!(await page.title())) found.push('has no title');
  if (found.length > 0) throw new Error(`${page.url()}\n${found.join('\n')}`);
}

async function violations(page, runOnly) {
  const options = { runOnly, resultTypes: ['violations'], preload: false };
  const result = await page.evaluate((given) => window.axe.run(document, given), options);
  return result.violations.map(
    ({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((node) => `    ${node.target.join(' ')}: ${node.failureSummary?.replace(/\s+/g, ' ')}`).join('\n')}`,
  );
}
