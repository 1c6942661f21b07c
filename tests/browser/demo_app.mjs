// The journey of the first run: demo application, sign up, code from the inbox, consent, verified claims, refresh, logout.
import assert from 'node:assert/strict';

import { journey } from './journey.mjs';
import { SIGNS, Tab } from './pages.mjs';
import { assertAccessible, Watch } from './watch.mjs';

/** Runs the journey with or without JavaScript; with it, every page passed goes through axe. */
export async function demoApp(tally, browser, issuer, javaScriptEnabled) {
  const how = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript';
  const newcomer = { email: `newcomer-${javaScriptEnabled ? 'on' : 'off'}@people.example`, password: 'Seven grey herons wade' };
  const watch = await Watch.over(browser, issuer, { javaScriptEnabled });
  const tab = new Tab(await watch.tab(), issuer);

  const step = journey(tally, how, tab, async () => {
    if (javaScriptEnabled) await assertAccessible(tab.page);
    watch.assertQuiet();
  });

  await step('the demo application opens', () => tab.openApp());
  await step('its sign-in leads to the login page', async () => {
    await tab.appSignIn();
    await tab.shows(SIGNS.login);
  });
  await step('from there to sign up', async () => {
    await tab.goToSignUp();
    await tab.shows(SIGNS.signUp);
  });
  await step('signing up asks for the mailed code', async () => {
    await tab.signUp(newcomer);
    await tab.shows(SIGNS.verify);
  });
  await step('the inbox shows the mail', async () => {
    const inbox = new Tab(await watch.tab(), issuer);
    await inbox.open('/dev/inbox');
    assert.ok((await inbox.text()).includes(newcomer.email));
    if (javaScriptEnabled) await assertAccessible(inbox.page);
    await inbox.openNewestMail();
    assert.match(await inbox.text('mail-code'), /^\d{6}$/);
    if (javaScriptEnabled) await assertAccessible(inbox.page);
    await inbox.page.close();
  });
  await step('the code leads to consent, which shows the address that is shared', async () => {
    await tab.enterCode(newcomer.email);
    await tab.shows(SIGNS.consent);
    assert.ok((await tab.text()).includes(newcomer.email));
  });
  await step('consent leads to the verified claims', async () => {
    await tab.consent();
    await tab.shows(SIGNS.appSignedIn);
    assert.ok((await tab.text('demo-id-token')).includes(issuer));
  });
  await step('the application asks for userinfo', async () => {
    await tab.appUserinfo();
    await tab.shows('#demo-userinfo-claims');
    assert.ok((await tab.text('demo-userinfo-claims')).includes(newcomer.email));
  });
  await step('the application refreshes its tokens', async () => {
    const before = await tab.text('demo-refreshes');
    const tokens = await tab.text('demo-tokens');
    await tab.appRefresh();
    await tab.shows(SIGNS.appSignedIn);
    assert.notEqual(await tab.text('demo-refreshes'), before);
    assert.notEqual(await tab.text('demo-tokens'), tokens);
  });
  await step('signing out ends the session', async () => {
    await tab.appSignOut();
    if (await tab.has(SIGNS.logoutConfirm)) await tab.confirmLogout();
    await tab.shows(SIGNS.appSignedOut);
  });
  await step('and the next sign-in asks for the password again', async () => {
    await tab.openApp();
    await tab.appSignIn();
    await tab.shows(SIGNS.login);
  });
  await watch.context.close();
}
