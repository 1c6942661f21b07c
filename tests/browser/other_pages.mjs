// The pages the demo application's journey does not pass, each reached as a person reaches it.
import assert from 'node:assert/strict';

import { linkFor, mailFor } from '../clients/harness/inbox.mjs';
import { showingPage } from './journey.mjs';
import { SIGNS, Tab } from './pages.mjs';
import { requestsOf } from './requests.mjs';
import { assertAccessible, Watch } from './watch.mjs';

const PAULA = { email: 'paula@people.example', password: 'Paula waters the ferns' };
const QUENTIN = { email: 'quentin@people.example', password: 'Quentin tunes pianos' };

export async function otherPages(tally, browser, issuer, shop) {
  const request = requestsOf(shop);
  /** One check in a browser of its own, or in one that is handed in. */
  const step = async (sentence, body, watch) => {
    const own = watch ?? (await Watch.over(browser, issuer, {}, [shop]));
    const tab = new Tab(await own.tab(), issuer);
    await tally.check(sentence, async () => {
      await showingPage(tab, () => body(tab));
      own.assertQuiet();
    });
    await tab.page.close();
    if (!watch) await own.context.close();
  };

  const cameBack = (tab, parameter) => tab.page.waitForURL((url) => url.origin === shop && url.searchParams.has(parameter));

  await step('the list of API documents is in order', async (tab) => {
    await tab.open('/docs');
    await assertAccessible(tab.page);
  });

  // Pages of others' making: what is asked of them is that they work, ask nobody else and break no policy.
  for (const [name, viewer] of [['Swagger UI', '/docs/swagger'], ['Redoc', '/docs/redoc']]) {
    const watch = await Watch.over(browser, issuer, {}, [], Infinity);
    await step(`${name} shows the operations and asks no other host`, async (tab) => {
      await tab.open(viewer);
      await tab.page.getByText('/api/v1/profile').first().waitFor();
    }, watch);
    await watch.context.close();
  }

  await step('a wrong password is told on the login page, which stays in order', async (tab) => {
    await tab.open(request());
    await tab.signIn({ ...PAULA, password: 'not hers' });
    await tab.shows(SIGNS.alert);
    await assertAccessible(tab.page);
  });

  await step('the logo of the application; signing in by keyboard alone, and refusing consent', async (tab) => {
    await tab.open(request());
    await tab.page.waitForFunction(() => document.querySelector('img#client-logo')?.naturalWidth > 0);
    await tab.signInByKeyboard(PAULA);
    await tab.shows(SIGNS.consent);
    await tab.consent('deny');
    await cameBack(tab, 'error');
  });

  await step('what sign-up refuses is told in place', async (tab) => {
    await tab.open(request({ prompt: 'create' }));
    await tab.switchOffOwnChecks();
    await tab.signUp({ email: 'nobody', password: 'short' });
    await tab.shows(SIGNS.alert);
    await assertAccessible(tab.page);
  });

  await step('an address verified by the link in the mail, on another device', async (tab) => {
    const roberta = { email: 'roberta@people.example', password: 'Roberta mends old clocks' };
    await tab.open(request({ prompt: 'create' }));
    await tab.signUp(roberta);
    await tab.shows(SIGNS.verify);
    const other = await Watch.over(browser, issuer);
    const phone = new Tab(await other.tab(), issuer);
    await phone.open(await linkFor(issuer, roberta.email));
    await phone.shows(SIGNS.linkConfirm);
    await assertAccessible(phone.page);
    await phone.confirmLink();
    await phone.shows(SIGNS.linkDone);
    await assertAccessible(phone.page);
    other.assertQuiet();
    await other.context.close();
    // The link proves the address and signs nobody in: whoever pressed it may not be who waits here.
    await tab.continueAfterLink();
    await tab.signIn(roberta);
    await tab.shows(SIGNS.consent);
  });

  await step('signing in by a mailed code', async (tab) => {
    const seen = (await mailFor(issuer, PAULA.email)).length;
    await tab.open(request());
    await tab.askForCode(PAULA.email);
    await assertAccessible(tab.page);
    await tab.sendCodeRequest();
    await tab.shows(SIGNS.codeEnter);
    await assertAccessible(tab.page);
    await tab.enterCode(PAULA.email, seen);
    await tab.shows(SIGNS.consent);
  });

  await step('a forgotten password is replaced', async (tab) => {
    const seen = (await mailFor(issuer, QUENTIN.email)).length;
    await tab.open(request());
    await tab.askForReset(QUENTIN.email);
    await assertAccessible(tab.page);
    await tab.sendResetRequest();
    await tab.shows(SIGNS.codeEnter);
    await assertAccessible(tab.page);
    await tab.enterCode(QUENTIN.email, seen);
    await tab.shows(SIGNS.newPassword);
    await assertAccessible(tab.page);
    QUENTIN.password = 'Quentin now tunes harps';
    await tab.setNewPassword(QUENTIN.password);
    await tab.page.locator('main').waitFor();
    await assertAccessible(tab.page);
    await tab.open(request({ prompt: 'login' }));
    await tab.signIn(QUENTIN);
    await tab.shows(SIGNS.consent);
  });

  const signedIn = await Watch.over(browser, issuer, {}, [shop]);
  await step('consent comes once', async (tab) => {
    await tab.open(request());
    await tab.signIn(PAULA);
    await tab.consent();
    await cameBack(tab, 'code');
    await tab.open(request());
    await cameBack(tab, 'code');
  }, signedIn);

  await step('the account chooser', async (tab) => {
    await tab.open(request({ prompt: 'select_account' }));
    await tab.shows(SIGNS.chooser);
    await assertAccessible(tab.page);
  }, signedIn);

  await step('form_post submits itself by the script its nonce allows', async (tab) => {
    await tab.open(request({ response_mode: 'form_post' }));
    await tab.page.waitForURL(`${shop}/callback`);
  }, signedIn);

  await step('every page of the account home', async (tab) => {
    await tab.open('/account');
    const seen = new Set();
    const waiting = [new URL(tab.page.url()).pathname];
    while (waiting.length > 0) {
      const path = waiting.shift();
      if (seen.has(path)) continue;
      seen.add(path);
      assert.ok((await tab.open(path)).ok(), `${path} is not there`);
      await assertAccessible(tab.page);
      waiting.push(...(await tab.page.locator('a[href^="/account"]').evaluateAll((links) => links.map((a) => a.getAttribute('href')))));
    }
    assert.ok(seen.size > 1, `only ${[...seen]}`);
  }, signedIn);

  await step('logging out without parameters asks, then says that it is done and tells the applications in frames', async (tab) => {
    await tab.open('/oauth2/logout');
    await tab.shows(SIGNS.logoutConfirm);
    await assertAccessible(tab.page);
    const told = tab.page.waitForResponse((response) => response.url().startsWith(`${shop}/out?`));
    await tab.confirmLogout();
    await tab.shows(SIGNS.loggedOut);
    assert.ok(new URL((await told).url()).searchParams.get('sid'));
    await assertAccessible(tab.page);
  }, signedIn);
  await signedIn.context.close();

  await step('signing a device in by its code', async (tab) => {
    await tab.open('/device');
    await tab.shows(SIGNS.device);
    await assertAccessible(tab.page);
    await tab.enterUserCode('WDJB-MJHT');
    await tab.shows(SIGNS.alert);
    await assertAccessible(tab.page);
    await tab.enterUserCode((await device(issuer)).user_code);
    await tab.signIn(PAULA);
    await tab.shows(SIGNS.approve);
    await assertAccessible(tab.page);
    await tab.approve();
    await tab.shows(SIGNS.approved);
    await assertAccessible(tab.page);
  });

  await step('refusing a device whose code came with the address', async (tab) => {
    const { user_code: code, verification_uri_complete: address } = await device(issuer);
    await tab.open(address);
    assert.equal(await tab.page.locator('#user_code').inputValue(), code);
    await tab.enterUserCode(code);
    await tab.signIn(PAULA);
    await tab.shows(SIGNS.approve);
    await tab.approve('deny');
    await tab.shows(SIGNS.approved);
    await assertAccessible(tab.page);
  });

  await step('the page that says what an error means', async (tab) => {
    const answer = await fetch(`${issuer}/oauth2/token`, { method: 'POST', body: new URLSearchParams({ client_id: 'television' }) });
    const { error, error_uri: address } = await answer.json();
    await tab.open(address);
    await tab.shows(SIGNS.errorReference);
    assert.match(await tab.page.locator('main').innerText(), new RegExp(error));
    await assertAccessible(tab.page);
  });

  await step('the error page, for a redirect URI that is not registered', async (tab) => {
    await tab.open(request({ redirect_uri: `${shop}/other` }));
    await tab.shows(SIGNS.error);
    await assertAccessible(tab.page);
  });

  await step('an address that leads nowhere', async (tab) => {
    assert.equal((await tab.open('/nowhere')).status(), 404);
    await assertAccessible(tab.page);
  });

  const scriptless = await Watch.over(browser, issuer, { javaScriptEnabled: false }, [shop]);
  await step('without JavaScript form_post has a button', async (tab) => {
    await tab.open(request({ response_mode: 'form_post' }));
    await tab.signIn(QUENTIN);
    await tab.consent();
    await tab.sendFormPost();
    await tab.page.waitForURL(`${shop}/callback`);
  }, scriptless);
  await scriptless.context.close();

  await step('sign in and consent in another language', async (tab) => {
    const english = await titleOf(tab, request());
    const other = await titleOf(tab, request({ ui_locales: 'de uk fr es' }));
    assert.notEqual(other, english);
    assert.notEqual(await tab.page.locator('html').getAttribute('lang'), 'en');
    await assertAccessible(tab.page);
  });
}

/** A device asks. */
async function device(issuer) {
  const body = new URLSearchParams({ client_id: 'television', scope: 'openid profile' });
  return (await fetch(`${issuer}/oauth2/device`, { method: 'POST', body })).json();
}

async function titleOf(tab, path) {
  await tab.open(path);
  return tab.page.title();
}
