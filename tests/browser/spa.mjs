// npm `oidc-client-ts` in a page of another origin: a public client whose scripts call the endpoints themselves, so what
// it may do is a matter of CORS.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { journey } from './journey.mjs';
import { SIGNS, Tab } from './pages.mjs';
import { Watch } from './watch.mjs';

const SELMA = { email: 'selma@people.example', password: 'Selma folds paper cranes' };
const require = createRequire(import.meta.url);
const LIBRARY = readFileSync(require.resolve('oidc-client-ts').replace(/umd\/.*$/, 'browser/oidc-client-ts.min.js'), 'utf8');

/** At `origin`: signs in, refreshes, revokes and signs out with the library, as an application's script does. */
export async function singlePageApplication(tally, browser, issuer, origin, stranger) {
  const watch = await Watch.over(browser, issuer, {}, [origin]);
  const tab = new Tab(await watch.tab(), issuer);
  const settings = {
    authority: issuer,
    client_id: 'spa',
    redirect_uri: `${origin}/callback`,
    post_logout_redirect_uri: `${origin}/bye`,
    scope: 'openid profile email offline_access',
    loadUserInfo: true,
    automaticSilentRenew: false,
  };
  await watch.context.addInitScript(`if (location.origin === ${JSON.stringify(origin)}) { ${LIBRARY}; window.manager = new oidc.UserManager(${JSON.stringify(settings)}) }`);

  const step = journey(tally, 'oidc-client-ts', tab, () => watch.assertQuiet());

  let first;
  await step('discovery and sign-in by redirect', async () => {
    await tab.page.goto(`${origin}/`);
    await tab.page.evaluate(() => void window.manager.signinRedirect());
    await tab.shows(SIGNS.login);
    await tab.signIn(SELMA);
    await tab.consent();
    await tab.page.waitForURL(`${origin}/callback?*`);
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
    await tab.page.evaluate(() => void window.manager.signoutRedirect());
    await tab.page.waitForURL((url) => url.origin === issuer || url.pathname === '/bye');
    if (await tab.has(SIGNS.logoutConfirm)) await tab.confirmLogout();
    await tab.page.waitForURL(`${origin}/bye*`);
  });
  await tally.check('oidc-client-ts: a script of an origin that is not registered reads no token', async () => {
    const other = await Watch.over(browser, issuer, {}, [stranger]);
    const page = await other.tab();
    await page.goto(`${stranger}/`);
    const outcome = await page.evaluate(
      ([address, form]) => fetch(address, { method: 'POST', body: new URLSearchParams(form) }).then(() => 'read', () => 'refused'),
      [`${issuer}/oauth2/token`, { grant_type: 'refresh_token', client_id: 'spa', refresh_token: 'x' }],
    );
    await other.context.close();
    assert.equal(outcome, 'refused');
  });
  await tally.check('oidc-client-ts: credentials never cross, and pages are closed to scripts', async () => {
    const other = await Watch.over(browser, issuer, {}, [stranger]);
    const page = await other.tab();
    await page.goto(`${stranger}/`);
    for (const [method, path] of [['POST', '/oauth2/token'], ['GET', '/oauth2/userinfo'], ['GET', '/account'], ['GET', '/login']]) {
      const outcome = await page.evaluate(
        ([address, options]) => fetch(address, options).then(() => 'read', () => 'refused'),
        [issuer + path, { method, credentials: 'include' }],
      );
      assert.equal(outcome, 'refused', `${method} ${path}`);
    }
    await other.context.close();
  });
  await watch.context.close();
}
