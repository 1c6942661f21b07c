// The journey of the first run: demo application, sign up, code from the inbox, consent, verified claims, refresh, logout.
import assert from 'node:assert/strict';

import { SIGNS, Tab } from './pages.mjs';
import { assertAccessible, Watch } from './watch.mjs';

/** Runs the journey with or without JavaScript; with it, every page passed goes through axe. */
export async function demoApp(tally, browser, issuer, javaScriptEnabled) {
  const how = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript';
  const newcomer = { email: `newcomer-${javaScriptEnabled ? 'on' : 'off'}@people.example`, password: 'Seven grey herons wade' };
  const watch = await Watch.over(browser, issuer, { javaScriptEnabled });
  const tab = new Tab(await watch.tab(), issuer);

  const step = (sentence, body) =>
    tally.check(`${how}: ${sentence}`, async () => {
      await body();
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
  await step('a password too short is told in place', async () => {
    await tab.signUp({ ...newcomer, password: 'short' });
    await tab.shows(SIGNS.alert);
  });
  await step('signing up asks for the mailed code', async () => {
    await tab.signUp(newcomer);
    await tab.shows(SIGNS.verify);
  });
  await step('the inbox shows the mail', async () => {
    const inbox = new Tab(await watch.tab(), issuer);
    await inbox.open('/dev/inbox');
    assert.match(await inbox.page.locator('main').innerText(), new RegExp(newcomer.email));
    if (javaScriptEnabled) await assertAccessible(inbox.page);
    await inbox.page.locator('main a[href^="/dev/inbox/"]').first().click();
    if (javaScriptEnabled) await assertAccessible(inbox.page);
    await inbox.page.close();
  });
  await step('the code leads to consent', async () => {
    await tab.enterCode(newcomer.email);
    await tab.shows(SIGNS.consent);
    assert.match(await tab.appText(), new RegExp(newcomer.email), 'consent shows the address that is shared');
  });
  await step('consent leads to the verified claims', async () => {
    await tab.consent();
    await tab.shows(SIGNS.appClaims);
    assert.match(await tab.appText(), new RegExp(newcomer.email));
  });
  await step('the application refreshes its tokens', async () => {
    await tab.appRefresh();
    await tab.shows(SIGNS.appClaims);
  });
  await step('logging out ends the session', async () => {
    await tab.appLogOut();
    if (await tab.has(SIGNS.logoutConfirm)) await tab.confirmLogout();
    await tab.shows(SIGNS.app);
    assert.ok(!(await tab.has(SIGNS.appClaims)), 'the application still shows claims');
  });
  await step('and the next sign-in asks for the password again', async () => {
    await tab.appSignIn();
    await tab.shows(SIGNS.login);
  });
  await watch.context.close();
}
