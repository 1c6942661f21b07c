// People who come from the imitated Google and GitHub: as strangers, with an account, by refusal, without an address.
import assert from 'node:assert/strict';

import { mailFor, mailsBeyond } from '../clients/harness/inbox.mjs';
import { journey } from './journey.mjs';
import { SIGNS, Tab } from './pages.mjs';
import { requestsOf } from './requests.mjs';
import { assertAccessible, Watch } from './watch.mjs';

const MIRA = { email: 'mira@example.com', password: 'seven-green-lanterns' };
const TOVE = { email: 'tove@example.com', password: 'paper-boats-in-june' };
const JONAS = { email: 'jonas@example.com', password: 'rote-laternen-am-see' };

/** Runs every journey, with or without JavaScript, against a server that nobody used before. */
export async function federation(tally, browser, issuer, shop, javaScriptEnabled) {
  const place = { tally, browser, issuer, shop, javaScriptEnabled };
  for (const person of STRANGERS) await comesAsAStranger(place, person);
  await tiesToAnAccount(place);
  await refusesAtTheProvider(place);
  await comesWithoutAnAddress(place);
  await goesOnAtAnotherOrigin(place);
}

const STRANGERS = [
  { provider: 'google', shown: 'ines-rask@gmail.com', email: 'ines-rask@gmail.com', name: 'Ines Rask' },
  { provider: 'github', shown: 'ada@people.example', email: 'ada@people.example', name: 'Ada Lindqvist' },
];

/** Opens a browser of its own, and gives its tab, `step`, and what ends it. */
async function begin({ tally, browser, issuer, shop, javaScriptEnabled }, who) {
  const watch = await Watch.over(browser, issuer, { javaScriptEnabled }, [shop]);
  const tab = new Tab(await watch.tab(), issuer);
  const how = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript';
  const step = journey(tally, `${who} ${how}`, tab, async () => {
    if (javaScriptEnabled && tab.page.url().startsWith(issuer)) await assertAccessible(tab.page);
    watch.assertQuiet();
  });
  return { tab, step, end: () => watch.context.close() };
}

// Steps of several journeys.

async function toLogin(tab) {
  await tab.openApp();
  await tab.appSignIn();
  await tab.shows(SIGNS.login);
}

async function toProvider(tab, provider) {
  await toLogin(tab);
  await tab.goToProvider(provider);
}

async function signedInAs(tab, email) {
  await tab.shows(SIGNS.appSignedIn);
  assert.equal(await tab.appClaim('iss'), tab.issuer);
  await tab.appUserinfo();
  await tab.shows('#demo-userinfo-claims');
  const userinfo = await tab.text('demo-userinfo-claims');
  assert.ok(userinfo.includes(email), userinfo);
  assert.match(userinfo, /email_verified\s+true/);
  return tab.appClaim('sub');
}

async function signOut(tab) {
  await tab.appSignOut();
  if (await tab.has(SIGNS.logoutConfirm)) await tab.confirmLogout();
  await tab.shows(SIGNS.appSignedOut);
}

/** Signs out of the application, from wherever one is. */
async function leave(tab) {
  await tab.open('/dev/app');
  await signOut(tab);
}

/** Ends the session, where no application knows of it. */
async function endSession(tab) {
  await tab.open('/oauth2/logout');
  await tab.confirmLogout();
  await tab.shows(SIGNS.loggedOut);
}

// The journeys.

async function comesAsAStranger(place, { provider, shown, email, name }) {
  const { tab, step, end } = await begin(place, `a stranger from ${provider}`);
  let sub;
  await step('the sign-in page has a button for each provider', async () => {
    await toLogin(tab);
    assert.deepEqual(await tab.providers(), ['google', 'github']);
  });
  await step('the button leads to the choice of people there', () => tab.goToProvider(provider));
  await step('being somebody there leads to consent, which shows name and address', async () => {
    await tab.be(shown);
    await tab.shows(SIGNS.consent);
    const consent = await tab.text();
    for (const told of [email, name]) assert.ok(consent.includes(told), consent);
  });
  await step('consent leads to the verified claims', async () => {
    await tab.consent();
    sub = await signedInAs(tab, email);
  });
  await step('signing out ends the session', () => signOut(tab));
  await step('coming again gives the same sub', async () => {
    await toProvider(tab, provider);
    await tab.be(shown);
    assert.equal(await signedInAs(tab, email), sub);
  });
  await end();
}

async function tiesToAnAccount(place) {
  const { tab, step, end } = await begin(place, 'somebody with an account');
  const signedInAgain = async () => assert.equal(await signedInAs(tab, MIRA.email), sub);
  let sub;
  let seen;
  await step('by password first', async () => {
    await toLogin(tab);
    await tab.signIn(MIRA);
    await tab.shows(SIGNS.consent);
    await tab.consent();
    sub = await signedInAs(tab, MIRA.email);
    await signOut(tab);
    seen = (await mailFor(place.issuer, MIRA.email)).length;
  });
  await step('coming from Google with the same address asks for the password', async () => {
    await toProvider(tab, 'google');
    await tab.be(MIRA.email);
    await tab.shows(SIGNS.arrived);
    await tab.shows(SIGNS.login);
  });
  await step('the password leads to the question whether to tie', async () => {
    await tab.signIn(MIRA);
    await tab.shows(SIGNS.link);
    assert.ok((await tab.text()).includes('Google'));
  });
  await step('agreeing leads back to the application', async () => {
    await tab.agreeToTie();
    await signedInAgain();
  });
  await step('Google alone opens the account, and the sub is that of the password', async () => {
    await signOut(tab);
    await toProvider(tab, 'google');
    await tab.be(MIRA.email);
    await signedInAgain();
  });
  await step('the account lists the tie, and offers GitHub', async () => {
    await tab.openLogins();
    assert.ok((await tab.text()).includes(MIRA.email));
    await tab.shows('#link-github');
  });
  await step('tying GitHub takes more than the word of Google: the password', async () => {
    await tab.askToTie('github');
    await tab.shows(SIGNS.login);
    await tab.signIn(MIRA);
    await tab.shows(SIGNS.logins);
  });
  await step('tying GitHub then asks there who one is', () => tab.beginToTie('github'));
  await step('and comes back to the list', async () => {
    await tab.be('rune');
    await tab.shows(SIGNS.tied);
    assert.equal(await tab.has('#link-github'), false);
  });
  await step('GitHub, with another address, opens the same account', async () => {
    await leave(tab);
    await toProvider(tab, 'github');
    await tab.be('rune');
    await signedInAgain();
  });
  await step('untying GitHub takes the password too, and then takes it from the list', async () => {
    await tab.openLogins();
    await tab.untie('github');
    await tab.shows(SIGNS.login);
    await tab.signIn(MIRA);
    await tab.shows(SIGNS.logins);
    await tab.untie('github');
    await tab.shows(SIGNS.untied);
    await tab.shows('#link-github');
  });
  await step('tying it again works', async () => {
    await tab.beginToTie('github');
    await tab.be('rune');
    await tab.shows(SIGNS.tied);
  });
  await step('untying Google', async () => {
    await tab.untie('google');
    await tab.shows(SIGNS.untied);
  });
  await step('each change was told to the mailbox', async () => {
    // Google tied, GitHub tied, untied and tied again, Google untied.
    const subjects = await mailsBeyond(place.issuer, MIRA.email, seen, 5);
    assert.equal(subjects.length, 5, subjects.join());
  });
  await step('Google asks for the password once more, and ends in the same sub', async () => {
    await leave(tab);
    await toProvider(tab, 'google');
    await tab.be(MIRA.email);
    await tab.shows(SIGNS.arrived);
    await tab.signIn(MIRA);
    await tab.shows(SIGNS.link);
    await tab.agreeToTie();
    await signedInAgain();
  });
  await end();
}

async function refusesAtTheProvider(place) {
  const { tab, step, end } = await begin(place, 'somebody who refuses at Google');
  await step('is told so, and shown other ways', async () => {
    await toProvider(tab, 'google');
    await tab.refuseAtProvider();
    await tab.shows(SIGNS.declined);
    assert.deepEqual(await tab.providers(), ['google', 'github']);
  });
  await step('and goes on with a password to where they were going', async () => {
    await tab.goToLogin();
    await tab.shows(SIGNS.login);
    await tab.signIn(TOVE);
    await tab.shows(SIGNS.consent);
    await tab.consent();
    await signedInAs(tab, TOVE.email);
  });
  await end();
}

async function comesWithoutAnAddress(place) {
  const { tab, step, end } = await begin(place, 'somebody from GitHub without a verified primary address');
  const mistyped = 'kerstn@post.example';
  const email = 'kerstin@post.example';
  let sub;
  await step('is asked for an address', async () => {
    await toProvider(tab, 'github');
    await tab.be('kerstin');
    await tab.shows(SIGNS.address);
  });
  await step('what is no address is told in place', async () => {
    await tab.switchOffOwnChecks();
    await tab.giveAddress('nobody');
    await tab.shows(SIGNS.alert);
  });
  await step('and then for the code that was sent there', async () => {
    await tab.giveAddress(mistyped);
    await tab.shows(SIGNS.verify);
  });
  await step('a mistyped address can be changed', async () => {
    await tab.changeAddress();
    await tab.shows(SIGNS.address);
    await tab.giveAddress(email);
    await tab.shows(SIGNS.verify);
  });
  await step('the code leads to consent and to the claims', async () => {
    await tab.enterCode(email);
    await tab.shows(SIGNS.consent);
    await tab.consent();
    sub = await signedInAs(tab, email);
  });
  await step('coming again gives the same sub, and asks nothing', async () => {
    await signOut(tab);
    await toProvider(tab, 'github');
    await tab.be('kerstin');
    assert.equal(await signedInAs(tab, email), sub);
  });
  await end();
}

// An application at another origin: the run of redirects behind a form may end there only where the page's policy names it.
async function goesOnAtAnotherOrigin(place) {
  const { tab, step, end } = await begin(place, 'an application at another origin');
  const request = requestsOf(place.shop);
  const cameBack = () => tab.page.waitForURL((url) => url.origin === place.shop && url.searchParams.has('code'));
  await step('a hint leads to the provider at once, and the choice there back to the application', async () => {
    await tab.open(request({ client_id: 'own', idp_hint: 'google' }));
    await tab.shows(SIGNS.chooserOfProvider);
    await tab.be('bo@workspace.example');
    await cameBack();
  });
  await step('so does the question whether to tie', async () => {
    await endSession(tab);
    await tab.open(request({ client_id: 'own', idp_hint: 'github' }));
    await tab.be('jonas-b');
    await tab.shows(SIGNS.arrived);
    await tab.signIn(JONAS);
    await tab.shows(SIGNS.link);
    await tab.agreeToTie();
    await cameBack();
  });
  await step('and the code that proves an address', async () => {
    await endSession(tab);
    const email = 'sana@post.example';
    await tab.open(request({ client_id: 'own', idp_hint: 'google' }));
    await tab.be('sana@elsewhere.example');
    await tab.shows(SIGNS.address);
    await tab.giveAddress(email);
    await tab.enterCode(email);
    await cameBack();
  });
  await end();
}
