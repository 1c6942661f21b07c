// npm `oidc-client-ts` in a page of another origin: a public client whose scripts call the endpoints themselves, so what
// it may do is a matter of CORS. The page is a stub that the browser is handed; nothing listens at its address.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { SIGNS, Tab } from './pages.mjs';
import { Watch } from './watch.mjs';

const ORIGIN = 'http://localhost:7070';
const SELMA = { email: 'selma@people.example', password: 'Selma folds paper cranes' };
const require = createRequire(import.meta.url);
const LIBRARY = readFileSync(require.resolve('oidc-client-ts').replace(/umd\/.*$/, 'browser/oidc-client-ts.min.js'), 'utf8');

/** Signs in, refreshes, revokes and signs out with the library, as an application's script does. */
export async function singlePageApplication(tally, browser, issuer) {
  const watch = await Watch.over(browser, issuer, {}, [ORIGIN]);
  const tab = new Tab(await watch.tab(), issuer);
  const settings = {
    authority: issuer,
    client_id: 'spa',
    redirect_uri: `${ORIGIN}/callback`,
    post_logout_redirect_uri: `${ORIGIN}/bye`,
    scope: 'openid profile email offline_access',
    loadUserInfo: true,
    automaticSilentRenew: false,
  };
  await watch.context.addInitScript(`if (location.origin === ${JSON.stringify(ORIGIN)}) { ${LIBRARY}; window.manager = new oidc.UserManager(${JSON.stringify(settings)}) }`);

  const step = (sentence, body) =>
    tally.check(`oidc-client-ts: ${sentence}`, async () => {
      await body();
      watch.assertQuiet();
    });

  let first;
  await step('discovery and sign-in by redirect', async () => {
    await tab.page.goto(`${ORIGIN}/`);
    await tab.page.evaluate(() => void window.manager.signinRedirect());
    await tab.shows(SIGNS.login);
    await tab.signIn(SELMA);
    await tab.consent();
    await tab.page.waitForURL(`${ORIGIN}/callback?*`);
  });
  await step('the code redeemed and userinfo read across origins', async () => {
    first = await tab.page.evaluate(async () => ({ ...(await window.manager.signinRedirectCallback()) }));
    assert.equal(first.profile.email, SELMA.email);
    assert.ok(first.refresh_token);
  });
  await step('refresh', async () => {
    const second = await tab.page.evaluate(async () => ({ ...(await window.manager.signinSilent()) }));
    assert.notEqual(second.access_token, first.access_token);
    assert.equal(second.profile.sub, first.profile.sub);
  });
  await step('revocation', () => tab.page.evaluate(() => window.manager.revokeTokens(['refresh_token'])));
  await step('sign-out by redirect', async () => {
    // Logged out at once by the hint, the browser is sent on to an address that is not a real one.
    const left = tab.page.waitForRequest((sent) => sent.url().startsWith(`${ORIGIN}/bye`));
    await tab.page.evaluate(() => void window.manager.signoutRedirect());
    await left;
  });
  await tally.check('oidc-client-ts: a script of an origin that is not registered reads no token', async () => {
    const stranger = await Watch.over(browser, issuer, {}, ['http://localhost:7071']);
    const page = await stranger.tab();
    await page.goto('http://localhost:7071/');
    const outcome = await page.evaluate(
      (address) => fetch(address, { method: 'POST', body: new URLSearchParams({ grant_type: 'refresh_token', client_id: 'spa', refresh_token: 'x' }) }).then(() => 'read', () => 'refused'),
      `${issuer}/oauth2/token`,
    );
    await stranger.context.close();
    assert.equal(outcome, 'refused');
  });
  await watch.context.close();
}
