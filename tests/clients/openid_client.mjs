// npm `openid-client`: a confidential web application (client_secret_basic, RS256 ID tokens), the longest program:
// the whole journey, what must be refused, and a newcomer who signs up on the way.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import * as oidc from 'openid-client';

import { Person } from './harness/person.mjs';
import { Tally } from './harness/tally.mjs';

const issuer = process.env.DOORWARD_ISSUER;
const CALLBACK = 'https://openid-client.example/callback';
const BYE = 'https://openid-client.example/bye';
const SCOPE = 'openid profile email address phone offline_access';
const OLGA = { username: 'olga@people.example', password: 'Olga keeps seven bees', decision: 'allow' };

const tally = new Tally('openid-client');
const check = tally.check.bind(tally);

const config = await check('discovery', () =>
  oidc.discovery(new URL(issuer), 'openid-client', undefined, oidc.ClientSecretBasic('openid-client-secret-6c1f0d3b9a8e47522d90'), {
    execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
  }),
);

/** A fresh authorization request, with what its answer must be checked against. */
async function newRequest(extra = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const request = { verifier, state: oidc.randomState(), nonce: oidc.randomNonce() };
  request.address = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: SCOPE,
    state: request.state,
    nonce: request.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...extra,
  }).href;
  return request;
}

/** Lets `person` walk through `request` and redeems what comes back. */
async function signIn(person, request, answers = {}, checks = {}) {
  const end = await person.walk(request.address, answers);
  assert.ok(end.departed, `expected to be sent back to the application, but: ${end.describe()}`);
  return redeem(request, end, checks);
}

function redeem(request, end, checks = {}) {
  const current = end.posted
    ? new Request(end.departed, { method: 'POST', body: end.posted })
    : new URL(end.departed);
  return oidc.authorizationCodeGrant(config, current, {
    pkceCodeVerifier: request.verifier,
    expectedState: request.state,
    expectedNonce: request.nonce,
    idTokenExpected: true,
    ...checks,
  });
}

/** The parameters of an error the application is told of by redirect. */
async function errorOf(person, request, answers = {}) {
  const end = await person.walk(request.address, answers);
  assert.ok(end.departed, `expected to be sent back to the application, but: ${end.describe()}`);
  assert.equal(end.departed.origin + end.departed.pathname, CALLBACK);
  const answer = Object.fromEntries(end.departed.searchParams);
  assert.equal(answer.state, request.state);
  assert.equal(answer.iss, issuer);
  assert.equal(answer.code, undefined);
  return answer.error;
}

const refusedAs = (code) => (error) => error.error === code || assert.fail(`expected ${code}, got ${error.error}: ${error.message}`);
const userinfo = (tokens) => oidc.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub ?? oidc.skipSubjectCheck);
const isDead = (tokens) => assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, oidc.skipSubjectCheck), { status: 401 });

const olga = new Person(issuer);

await check('the login page names the application and shows its logo, policy and terms', async () => {
  const page = await olga.open((await newRequest()).address);
  for (const id of ['username', 'password', 'login-submit', 'login-cancel', 'client-logo', 'client-policy', 'client-tos']) {
    assert.ok(page.has(id), `no #${id} on ${page.describe()}`);
  }
  assert.match(page.document.querySelector('main').textContent, /Openid Client Shop/);
});

await check('a wrong password is told, and the right one then signs in', async () => {
  const request = await newRequest();
  const refused = await olga.walk(request.address, { ...OLGA, password: 'not it' });
  assert.ok(refused.has('login-submit'), refused.describe());
  assert.ok(refused.document.querySelector('[role=alert]'), 'no element with role=alert');
  await olga.walkOn(refused, { username: OLGA.username, password: OLGA.password });
});

await check('refusing consent sends access_denied', async () => {
  assert.equal(await errorOf(olga, await newRequest(), { ...OLGA, decision: 'deny' }), 'access_denied');
});

const first = await check('code flow with PKCE, ID token verified against the published keys', async () => {
  const tokens = await signIn(olga, await newRequest(), OLGA);
  assert.equal(tokens.token_type, 'bearer');
  assert.equal(typeof tokens.expires_in, 'number');
  assert.ok(tokens.refresh_token, 'no refresh token though offline_access was agreed');
  return tokens;
});

await check('the ID token says who and when, and nothing that belongs in userinfo', () => {
  const claims = first.claims();
  assert.equal(claims.iss, issuer);
  assert.equal(claims.aud, 'openid-client');
  assert.equal(typeof claims.auth_time, 'number');
  for (const member of ['name', 'email', 'phone_number', 'address', 'roles', 'groups']) assert.ok(!(member in claims), member);
});

await check('userinfo holds every standard claim of every scope', async () => {
  const claims = await userinfo(first);
  const expected = {
    name: 'Olga Petrovna Kovalenko', given_name: 'Olga', family_name: 'Kovalenko', middle_name: 'Petrovna', nickname: 'olya',
    preferred_username: 'olga', profile: 'https://people.example/olga', picture: 'https://people.example/olga.png',
    website: 'https://olga.example/', gender: 'female', birthdate: '1987-10-16', zoneinfo: 'Europe/Kyiv', locale: 'uk-UA',
    email: 'olga@people.example', email_verified: true, phone_number: '+380441234567', phone_number_verified: true,
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(claims[name], value, name);
  assert.equal(typeof claims.updated_at, 'number');
  assert.equal(claims.address.postal_code, '01001');
});

await check('signed in, prompt=none gives a code without a page and the same subject and auth_time', async () => {
  const again = await signIn(olga, await newRequest({ prompt: 'none', id_token_hint: first.id_token }));
  assert.equal(again.claims().sub, first.claims().sub);
  assert.equal(again.claims().auth_time, first.claims().auth_time);
});

await check('max_age=10000 asks for no second sign-in', async () => {
  const again = await signIn(olga, await newRequest({ max_age: '10000', scope: 'openid' }), {}, { maxAge: 10000 });
  assert.equal(again.claims().auth_time, first.claims().auth_time);
});

await check('prompt=login asks again and auth_time advances', async () => {
  await pause(1100); // auth_time counts whole seconds
  const again = await signIn(olga, await newRequest({ prompt: 'login', scope: 'openid' }), OLGA);
  assert.ok(again.claims().auth_time > first.claims().auth_time);
});

await check('form_post brings the code in the body of a form', async () => {
  const request = await newRequest({ response_mode: 'form_post', scope: 'openid email' });
  const end = await olga.submit(await olga.open(request.address));
  assert.equal(end.departed.href, CALLBACK);
  assert.ok((await redeem(request, end)).claims().sub);
});

await check('an authorization request by POST from elsewhere works like GET', async () => {
  const request = await newRequest({ scope: 'openid email' });
  const address = new URL(request.address);
  const end = await olga.walkOn(await olga.post(address.origin + address.pathname, address.searchParams), OLGA);
  assert.ok(end.departed, end.describe());
  await redeem(request, end);
});

await check('a registered redirect URI with a query keeps it', async () => {
  const request = await newRequest({ redirect_uri: 'https://openid-client.example/other?kept=yes', scope: 'openid' });
  const end = await olga.walk(request.address, OLGA);
  assert.equal(end.departed?.searchParams.get('kept'), 'yes');
  assert.ok(end.departed.searchParams.get('code'));
});

await check('an unregistered redirect URI gets an error page and no redirect', async () => {
  const page = await olga.open((await newRequest({ redirect_uri: `${CALLBACK}/more` })).address);
  assert.ok(!page.departed && page.has('error-page'), page.describe());
  assert.equal(page.status, 400);
});

await check('request objects that nobody signed, and addresses that nobody registered, are refused on a page', async () => {
  const codeOf = async (extra) => (await olga.open((await newRequest(extra)).address)).text('error-code');
  assert.equal(await codeOf({ request: 'eyJhbGciOiJub25lIn0.e30.' }), 'request_object_signature_wrong');
  assert.match(await codeOf({ request_uri: 'https://openid-client.example/r' }), /^request_uri_/);
});

await check('a request without PKCE gets no code', async () => {
  const address = oidc.buildAuthorizationUrl(config, { redirect_uri: CALLBACK, scope: 'openid', state: 's'.repeat(128) });
  const end = await olga.walk(address.href, OLGA);
  assert.equal(end.departed?.searchParams.get('error'), 'invalid_request', end.describe());
  assert.equal(end.departed.searchParams.get('state'), 's'.repeat(128));
});

await check('a wrong verifier is refused', async () => {
  const request = await newRequest({ scope: 'openid' });
  const end = await olga.walk(request.address, OLGA);
  await assert.rejects(redeem(request, end, { pkceCodeVerifier: oidc.randomPKCECodeVerifier() }), refusedAs('invalid_grant'));
});

await check('a replayed code is refused and ends the tokens of its first use', async () => {
  const request = await newRequest({ scope: 'openid' });
  const end = await olga.walk(request.address, OLGA);
  const tokens = await redeem(request, end);
  await userinfo(tokens);
  await assert.rejects(redeem(request, end), refusedAs('invalid_grant'));
  await isDead(tokens);
});

const second = await check('refresh gives a new access token and an ID token of the same sign-in', async () => {
  const tokens = await oidc.refreshTokenGrant(config, first.refresh_token);
  assert.notEqual(tokens.access_token, first.access_token);
  assert.equal(tokens.claims().sub, first.claims().sub);
  assert.equal(tokens.claims().auth_time, first.claims().auth_time);
  await userinfo(tokens);
  return tokens;
});

await check('introspection tells what a token is', async () => {
  const answer = await oidc.tokenIntrospection(config, second.access_token);
  assert.equal(answer.active, true);
  assert.equal(answer.client_id, 'openid-client');
  assert.equal(answer.sub, first.claims().sub);
  assert.deepEqual(await oidc.tokenIntrospection(config, 'dwr_never-issued'), { active: false });
});

await check('a refresh token used again after its successor ends the whole family', async () => {
  const tokens = await signIn(olga, await newRequest({ prompt: 'consent' }), OLGA);
  const one = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  const two = await oidc.refreshTokenGrant(config, one.refresh_token);
  await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token), refusedAs('invalid_grant'));
  await assert.rejects(oidc.refreshTokenGrant(config, two.refresh_token), refusedAs('invalid_grant'));
  await isDead(two);
});

await check('a revoked refresh token takes its access token with it', async () => {
  await oidc.tokenRevocation(config, second.refresh_token);
  await assert.rejects(oidc.refreshTokenGrant(config, second.refresh_token), refusedAs('invalid_grant'));
  await isDead(second);
  assert.deepEqual(await oidc.tokenIntrospection(config, second.access_token), { active: false });
});

await check('logout to an unregistered address redirects nowhere', async () => {
  const address = oidc.buildEndSessionUrl(config, { id_token_hint: first.id_token, post_logout_redirect_uri: `${BYE}?more=1` });
  const page = await olga.open(address.href);
  assert.ok(!page.departed && (page.has('error-page') || page.has('logout-confirm')), page.describe());
});

await check('logout returns to the application with its state and nothing else', async () => {
  const hint = await signIn(olga, await newRequest({ scope: 'openid' }), OLGA);
  const address = oidc.buildEndSessionUrl(config, { id_token_hint: hint.id_token, post_logout_redirect_uri: BYE, state: 'after all' });
  const end = await olga.walk(address.href, { logOut: true });
  assert.equal(end.departed?.href, `${BYE}?state=after+all`.replace('+', end.departed?.href.includes('%20') ? '%20' : '+'), end.describe());
});

await check('signed out, prompt=none says login_required', async () => {
  assert.equal(await errorOf(olga, await newRequest({ prompt: 'none' })), 'login_required');
});

await check('cancelling the sign-in sends access_denied', async () => {
  const request = await newRequest();
  const end = await olga.press(await olga.open(request.address), 'login-cancel');
  assert.equal(end.departed?.searchParams.get('error'), 'access_denied', end.describe());
  assert.equal(end.departed.searchParams.get('state'), request.state);
});

await check('a newcomer signs up, enters the mailed code, consents, and is known', async () => {
  const signUp = { email: 'nils@newcomers.example', password: 'Nils builds wooden boats' };
  const tokens = await signIn(new Person(issuer), await newRequest(), { signUp, decision: 'allow' });
  const claims = await userinfo(tokens);
  assert.equal(claims.email, signUp.email);
  assert.equal(claims.email_verified, true);
});

await check('prompt=create opens the sign-up page', async () => {
  const page = await new Person(issuer).open((await newRequest({ prompt: 'create' })).address);
  assert.ok(page.has('signup-submit'), page.describe());
});

await check('without parameters logout asks first, then shows that it is done', async () => {
  const person = new Person(issuer);
  await signIn(person, await newRequest({ scope: 'openid' }), OLGA);
  const asked = await person.open(config.serverMetadata().end_session_endpoint);
  assert.ok(asked.has('logout-confirm') && asked.has('logout-no'), asked.describe());
  const done = await person.press(asked, 'logout-yes');
  assert.ok(done.has('logged-out'), done.describe());
  assert.equal(await errorOf(person, await newRequest({ prompt: 'none' })), 'login_required');
});

tally.close();
