// People who come from a provider that nobody here wrote (harness/upstream.mjs) to an application that nobody here wrote
// (npm `openid-client`), through Doorward between the two.
import assert from 'node:assert/strict';
import * as oidc from 'openid-client';

import { codeFor } from './harness/inbox.mjs';
import { Person } from './harness/person.mjs';
import { Tally } from './harness/tally.mjs';
import { visit } from './harness/upstream.mjs';

const issuer = process.env.DOORWARD_ISSUER;
const CALLBACK = 'https://federation.example/callback';
const ALLOW = { decision: 'allow' };

const tally = new Tally('federation');
const check = tally.check.bind(tally);

const config = await oidc.discovery(new URL(issuer), 'federation', undefined, oidc.ClientSecretBasic('federation-secret-7ad3109be64c82f5d1b0'), {
  execute: [oidc.allowInsecureRequests],
});

async function newRequest(extra = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const request = { verifier, state: oidc.randomState(), nonce: oidc.randomNonce() };
  request.address = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid profile email',
    state: request.state,
    nonce: request.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    claims: JSON.stringify({ id_token: { idp: null } }),
    ...extra,
  }).href;
  return request;
}

/** Presses the provider's button and signs in there; gives the page after coming back. */
async function comeFromElsewhere(person, request, login) {
  const page = await person.open(request.address);
  const sent = await person.open(page.linkTo('/federation/other'));
  assert.ok(sent.departed, `expected to be sent to the provider, but: ${sent.describe()}`);
  return person.open((await visit(sent.departed, login)).href);
}

/** What the application learns in the end. */
async function learn(request, end) {
  assert.ok(end.departed, `expected to be sent back to the application, but: ${end.describe()}`);
  const tokens = await oidc.authorizationCodeGrant(config, end.departed, {
    pkceCodeVerifier: request.verifier,
    expectedState: request.state,
    expectedNonce: request.nonce,
    idTokenExpected: true,
  });
  const { sub, amr, idp } = tokens.claims();
  return { ...(await oidc.fetchUserInfo(config, tokens.access_token, sub)), amr, idp };
}

async function signIn(person, login) {
  const request = await newRequest();
  return learn(request, await person.walkOn(await comeFromElsewhere(person, request, login), ALLOW));
}

const nora = await check('a newcomer with a proven address has an account at once', async () => {
  const learnt = await signIn(new Person(issuer), 'nora');
  assert.equal(learnt.email, 'nora@elsewhere.example');
  assert.equal(learnt.email_verified, true);
  assert.equal(learnt.name, 'Nora Lindqvist');
  assert.deepEqual(learnt.amr, ['federated']);
  assert.equal(learnt.idp, 'other');
  assert.notEqual(learnt.sub, 'nora');
  return learnt;
});

await check('whoever comes again, in another browser, is the same', async () => {
  assert.equal((await signIn(new Person(issuer), 'nora')).sub, nora.sub);
});

await check('an address that the provider does not speak for is confirmed by our code first', async () => {
  const request = await newRequest();
  const person = new Person(issuer);
  let page = await comeFromElsewhere(person, request, 'otto');
  page = await person.submit(page, 'username', { username: 'otto@elsewhere.example' });
  page = await person.submit(page, 'code', { code: await codeFor(issuer, 'otto@elsewhere.example') });
  const learnt = await learn(request, await person.walkOn(page, ALLOW));
  assert.equal(learnt.email, 'otto@elsewhere.example');
  assert.equal(learnt.email_verified, true);
  assert.equal((await signIn(new Person(issuer), 'otto')).sub, learnt.sub);
});

await check('somebody of whom the provider tells no address gives one', async () => {
  const request = await newRequest();
  const person = new Person(issuer);
  let page = await comeFromElsewhere(person, request, 'pia');
  page = await person.submit(page, 'username', { username: 'pia@people.example' });
  page = await person.submit(page, 'code', { code: await codeFor(issuer, 'pia@people.example') });
  assert.equal((await learn(request, await person.walkOn(page, ALLOW))).email, 'pia@people.example');
});

await check('an address in use: the account is proven, tied, and stays who it was', async () => {
  const before = await newRequest();
  const byPassword = { username: 'greta@elsewhere.example', password: 'Greta sails on Sundays', ...ALLOW };
  const { sub } = await learn(before, await new Person(issuer).walk(before.address, byPassword));

  const request = await newRequest();
  const person = new Person(issuer);
  let page = await comeFromElsewhere(person, request, 'greta');
  assert.ok(page.has('arrived'), page.describe());
  page = await person.press(page, 'login-submit', { username: byPassword.username, password: byPassword.password });
  page = await person.press(page, 'link-yes');
  const tied = await learn(request, await person.walkOn(page, ALLOW));
  assert.equal(tied.sub, sub);
  assert.equal(tied.name, 'Greta Holm');
  assert.equal((await signIn(new Person(issuer), 'greta')).sub, sub);
});

await check('an answer in another browser signs nobody in, and a second time in the same one goes on', async () => {
  const request = await newRequest();
  const [person, stranger] = [new Person(issuer), new Person(issuer)];
  const sent = await person.open((await person.open(request.address)).linkTo('/federation/other'));
  const back = await visit(sent.departed, 'nora');
  assert.ok((await stranger.open(back.href)).has('federation-visit-over'));
  await person.open(back.href);
  const again = await person.open(back.href);
  assert.ok(!again.has('federation-visit-over'), again.describe());
});

await check('who cancels at the provider is told so and has other ways', async () => {
  const request = await newRequest();
  const person = new Person(issuer);
  const sent = await person.open((await person.open(request.address)).linkTo('/federation/other'));
  const back = new URL(sent.departed.searchParams.get('redirect_uri'));
  back.search = new URLSearchParams({ error: 'access_denied', error_description: '<b>no</b>', iss: sent.departed.origin, state: sent.departed.searchParams.get('state') });
  const page = await person.open(back.href);
  assert.ok(page.has('federation-declined') && page.has('upstream-other'), page.describe());
  assert.ok(!page.describe().includes('<b>'), page.describe());
});

tally.close();
