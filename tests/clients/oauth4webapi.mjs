// npm `oauth4webapi`: a native application without a secret (RFC 8252 loopback port, ES256 ID tokens, signed userinfo),
// a machine with the client credentials grant, and a resource server that verifies RFC 9068 access tokens by itself.
import assert from 'node:assert/strict';
import * as oauth from 'oauth4webapi';

import { Person } from './harness/person.mjs';
import { Tally } from './harness/tally.mjs';

const issuer = process.env.DOORWARD_ISSUER;
const insecure = { [oauth.allowInsecureRequests]: true };
const client = { client_id: 'oauth4webapi', id_token_signed_response_alg: 'ES256', userinfo_signed_response_alg: 'ES256' };
const none = oauth.None();
const API = 'https://api.example/';
const CALLBACK = 'http://127.0.0.1:43117/callback';
const WANDA = { username: 'wanda@people.example', password: 'Wanda paints tall ships', decision: 'allow' };

const tally = new Tally('oauth4webapi');
const check = tally.check.bind(tally);

async function discover(algorithm) {
  const answer = await oauth.discoveryRequest(new URL(issuer), { ...insecure, algorithm });
  return oauth.processDiscoveryResponse(new URL(issuer), answer);
}

const server = await check('discovery by OpenID Connect', () => discover('oidc'));
await check('discovery by RFC 8414 says the same', async () => assert.deepEqual(await discover('oauth2'), server));

async function newRequest(extra = {}) {
  const verifier = oauth.generateRandomCodeVerifier();
  const request = { verifier, state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce() };
  const address = new URL(server.authorization_endpoint);
  address.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid profile email offline_access',
    state: request.state,
    nonce: request.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...extra,
  });
  return { ...request, address: address.href };
}

async function redeem(request, departed) {
  const parameters = oauth.validateAuthResponse(server, client, departed, request.state);
  const answer = await oauth.authorizationCodeGrantRequest(server, client, none, parameters, CALLBACK, request.verifier, insecure);
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, { expectedNonce: request.nonce, requireIdToken: true });
  await oauth.validateApplicationLevelSignature(server, answer, insecure);
  return tokens;
}

async function userinfo(accessToken, subject) {
  const answer = await oauth.userInfoRequest(server, client, accessToken, insecure);
  const claims = await oauth.processUserInfoResponse(server, client, subject, answer);
  await oauth.validateApplicationLevelSignature(server, answer, insecure);
  return claims;
}

async function refresh(token) {
  const answer = await oauth.refreshTokenGrantRequest(server, client, none, token, insecure);
  return oauth.processRefreshTokenResponse(server, client, answer);
}

/** What a resource server finds in a bearer token, verified against the published keys alone. */
function verified(accessToken, audience) {
  const request = new Request(API, { headers: { authorization: `Bearer ${accessToken}` } });
  return oauth.validateJwtAccessToken(server, request, audience, insecure);
}

const wanda = new Person(issuer);

const tokens = await check('code flow with PKCE on a loopback port that was not registered', async () => {
  const request = await newRequest();
  const end = await wanda.walk(request.address, WANDA);
  assert.ok(end.departed, end.describe());
  return redeem(request, end.departed);
});
const claims = tokens && oauth.getValidatedIdTokenClaims(tokens);

await check('the ID token is signed as registered', () => {
  const header = JSON.parse(Buffer.from(tokens.id_token.split('.')[0], 'base64url'));
  assert.equal(header.alg, 'ES256');
  assert.ok(header.kid);
});

await check('userinfo comes as a signed JWT', async () => {
  const about = await userinfo(tokens.access_token, claims.sub);
  assert.equal(about.email, 'wanda@people.example');
  assert.equal(about.name, 'Wanda Nowak');
});

await check('a resource server verifies the access token for its own audience', async () => {
  const request = await newRequest({ resource: API });
  const end = await wanda.walk(request.address, WANDA);
  const forApi = await redeem(request, end.departed);
  const found = await verified(forApi.access_token, API);
  assert.equal(found.client_id, client.client_id);
  assert.equal(found.sub, claims.sub);
});

await check('an ID token is no access token', async () => {
  await assert.rejects(verified(tokens.id_token, 'oauth4webapi'));
  await assert.rejects(userinfo(tokens.id_token, claims.sub), oauth.WWWAuthenticateChallengeError);
});

const second = await check('refresh of a public client rotates the refresh token', async () => {
  const next = await refresh(tokens.refresh_token);
  assert.ok(next.refresh_token && next.refresh_token !== tokens.refresh_token);
  await userinfo(next.access_token, claims.sub);
  return next;
});

await check('revocation by a public client', async () => {
  const answer = await oauth.revocationRequest(server, client, none, second.refresh_token, insecure);
  await oauth.processRevocationResponse(answer);
  await assert.rejects(refresh(second.refresh_token), (error) => error.error === 'invalid_grant');
  await assert.rejects(userinfo(second.access_token, claims.sub), oauth.WWWAuthenticateChallengeError);
});

await check('another host than the registered loopback address is refused', async () => {
  const page = await wanda.open((await newRequest({ redirect_uri: 'http://localhost:43117/callback' })).address);
  assert.ok(page.has('error-page'), page.describe());
});

await check('logout, the post-logout address on a loopback port too', async () => {
  const address = new URL(server.end_session_endpoint);
  address.search = new URLSearchParams({
    id_token_hint: tokens.id_token, client_id: client.client_id, post_logout_redirect_uri: 'http://127.0.0.1/bye', state: 'x',
  });
  const end = await wanda.walk(address.href, { logOut: true });
  assert.equal(end.departed?.href, 'http://127.0.0.1/bye?state=x', end.describe());
});

const machine = { client_id: 'oauth4webapi-machine' };
const secret = oauth.ClientSecretPost('oauth4webapi-machine-secret-0b41c6f2e7');

const machineTokens = await check('client credentials, scope narrowed, for a named resource', async () => {
  const parameters = { scope: 'reports:read', resource: API };
  const answer = await oauth.clientCredentialsGrantRequest(server, machine, secret, parameters, insecure);
  const granted = await oauth.processClientCredentialsResponse(server, machine, answer);
  assert.equal(granted.refresh_token, undefined);
  assert.equal(granted.id_token, undefined);
  const found = await verified(granted.access_token, API);
  assert.equal(found.scope, 'reports:read');
  assert.equal(found.client_id, machine.client_id);
  return granted;
});

await check('introspection of a machine’s token', async () => {
  const answer = await oauth.introspectionRequest(server, machine, secret, machineTokens.access_token, insecure);
  const about = await oauth.processIntrospectionResponse(server, machine, answer);
  assert.equal(about.active, true);
  assert.equal(about.scope, 'reports:read');
});

await check('a machine’s token opens no userinfo', async () => {
  await assert.rejects(userinfo(machineTokens.access_token, oauth.skipSubjectCheck), oauth.WWWAuthenticateChallengeError);
});

await check('a wrong secret is invalid_client', async () => {
  const wrong = oauth.ClientSecretPost('oauth4webapi-machine-secret-0b41c6f2e8');
  const answer = await oauth.clientCredentialsGrantRequest(server, machine, wrong, {}, insecure);
  assert.equal(answer.status, 401);
  await assert.rejects(oauth.processClientCredentialsResponse(server, machine, answer));
});

tally.close();
