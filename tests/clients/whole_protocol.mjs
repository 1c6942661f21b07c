// npm `openid-client` and `jose` where the protocol goes beyond the code flow: registration and its management, pushed
// requests with proofs of possession and private keys, answers as JWTs, the hybrid flow, encrypted ID tokens, sign-in for
// devices and by mail, token exchange, being told of a logout, and a client that is its own document.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { compactDecrypt, createRemoteJWKSet, exportJWK, generateKeyPair, importJWK, jwtVerify } from 'jose';
import * as oidc from 'openid-client';

import { linkFor } from './harness/inbox.mjs';
import { Person } from './harness/person.mjs';
import { Tally } from './harness/tally.mjs';

const issuer = process.env.DOORWARD_ISSUER;
const keys = JSON.parse(readFileSync(process.env.DOORWARD_APP_KEYS, 'utf8'));
const OLIVIA = { username: 'olivia@people.example', password: 'Olivia mends radios', decision: 'allow' };
const insecure = { execute: [oidc.allowInsecureRequests] };

const tally = new Tally('whole protocol');
const check = tally.check.bind(tally);
const olivia = new Person(issuer);

const pkce = async () => {
  const verifier = oidc.randomPKCECodeVerifier();
  return { verifier, challenge: await oidc.calculatePKCECodeChallenge(verifier) };
};

/** The parameters of a request and what its answer is checked against. */
async function newRequest(config, redirect, extra = {}) {
  const { verifier, challenge } = await pkce();
  const request = { config, verifier, state: oidc.randomState(), nonce: oidc.randomNonce() };
  request.parameters = {
    redirect_uri: redirect, scope: 'openid profile', state: request.state, nonce: request.nonce,
    code_challenge: challenge, code_challenge_method: 'S256', ...extra,
  };
  return request;
}

async function come(person, address, answers = OLIVIA) {
  const end = await person.walk(address, answers);
  assert.ok(end.departed, `expected to be sent back to the application, but: ${end.describe()}`);
  return end.posted ? new Request(end.departed, { method: 'POST', body: end.posted }) : end.departed;
}

const redeem = (request, answer, options) =>
  oidc.authorizationCodeGrant(request.config, answer, {
    pkceCodeVerifier: request.verifier, expectedState: request.state, expectedNonce: request.nonce, idTokenExpected: true,
  }, undefined, options);

// — FAPI 2.0: PAR, private_key_jwt, DPoP —

const FAPI = 'https://fapi.example/callback';
const fapi = await check('a client is known by its private key', async () => {
  const key = await importJWK(keys.fapi, 'ES256');
  return oidc.discovery(new URL(issuer), 'fapi', undefined, oidc.PrivateKeyJwt({ key, kid: 'fapi-1' }), insecure);
});

await check('PAR, private_key_jwt and DPoP together: bound tokens that userinfo takes with a proof only', async () => {
  const DPoP = oidc.getDPoPHandle(fapi, await oidc.randomDPoPKeyPair('ES256'));
  const request = await newRequest(fapi, FAPI, { scope: 'openid profile offline_access', prompt: 'consent' });
  const address = await oidc.buildAuthorizationUrlWithPAR(fapi, request.parameters, { DPoP });
  assert.deepEqual([...address.searchParams.keys()].sort(), ['client_id', 'request_uri']);
  const tokens = await redeem(request, await come(olivia, address.href), { DPoP });
  assert.equal(tokens.token_type, 'dpop');
  const told = await oidc.fetchUserInfo(fapi, tokens.access_token, tokens.claims().sub, { DPoP });
  assert.equal(told.name, 'Olivia Marchetti');
  await assert.rejects(oidc.fetchUserInfo(fapi, tokens.access_token, tokens.claims().sub), (error) => error.status === 401);
  const again = await oidc.refreshTokenGrant(fapi, tokens.refresh_token, undefined, { DPoP });
  assert.equal(again.token_type, 'dpop');
  assert.equal(again.refresh_token ?? tokens.refresh_token, tokens.refresh_token, 'FAPI 2.0 does not rotate');
});

await check('without PAR a FAPI client gets nothing', async () => {
  const request = await newRequest(fapi, FAPI);
  const end = await new Person(issuer).open(oidc.buildAuthorizationUrl(fapi, request.parameters).href);
  const error = end.departed ? end.departed.searchParams.get('error') : end.text('error-code');
  assert.match(error, /invalid_request|pushed/, end.describe());
});

// — registration —

// What a client has on the web: its document, and an address that it is told of logouts at.
const told = [];
const listener = createServer(async (request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(documented));
    return;
  }
  let body = '';
  for await (const chunk of request) body += chunk;
  told.push(new URLSearchParams(body));
  response.writeHead(200).end();
});
listener.listen(0, '127.0.0.1');
await once(listener, 'listening');
const here = `http://127.0.0.1:${listener.address().port}`;
const documented = { client_id: `${here}/client.json`, client_name: 'Documented Diary', redirect_uris: [`${here}/callback`] };

const reader = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
const CALLBACK = 'https://registered.example/callback';
const BYE = 'https://registered.example/bye';
const registered = await check('a client registers itself', async () => {
  const metadata = {
    client_name: 'Registered Radio', redirect_uris: [CALLBACK], grant_types: ['authorization_code', 'refresh_token',
      'urn:ietf:params:oauth:grant-type:device_code'], response_types: ['code', 'code id_token'],
    token_endpoint_auth_method: 'client_secret_basic', backchannel_logout_uri: `${here}/logout`, backchannel_logout_session_required: true,
    post_logout_redirect_uris: [BYE], authorization_signed_response_alg: 'ES256',
    id_token_encrypted_response_alg: 'ECDH-ES', id_token_encrypted_response_enc: 'A256GCM',
    jwks: { keys: [{ ...(await exportJWK(reader.publicKey)), use: 'enc', kid: 'reader' }] },
  };
  const config = await oidc.dynamicClientRegistration(new URL(issuer), metadata, oidc.ClientSecretBasic(), insecure);
  assert.equal(config.clientMetadata().client_name, 'Registered Radio');
  oidc.enableDecryptingResponses(config, ['A256GCM'], { key: reader.privateKey, alg: 'ECDH-ES', kid: 'reader' });
  return config;
});

const manage = (method, body) => {
  const { registration_client_uri: address, registration_access_token: token } = registered.clientMetadata();
  return fetch(address, {
    method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: body && JSON.stringify(body),
  });
};

await check('and reads and changes its registration', async () => {
  const read = await (await manage('GET')).json();
  assert.equal(read.client_id, registered.clientMetadata().client_id);
  const { registration_client_uri, registration_access_token, client_secret_expires_at, client_id_issued_at, ...rest } = read;
  const changed = await manage('PUT', { ...rest, client_name: 'Registered Radio Two' });
  assert.equal(changed.status, 200, await changed.clone().text());
  assert.equal((await changed.json()).client_name, 'Registered Radio Two');
});

const first = await check('an encrypted ID token is read by the client alone', async () => {
  const request = await newRequest(registered, CALLBACK);
  const tokens = await redeem(request, await come(olivia, oidc.buildAuthorizationUrl(registered, request.parameters).href));
  assert.equal(tokens.id_token.split('.').length, 5, 'a JWE has five parts');
  return { claims: tokens.claims(), idToken: tokens.id_token };
});

await check('a client ends the session and is told so by a token that we signed', async () => {
  const { plaintext } = await compactDecrypt(first.idToken, reader.privateKey);
  const end = await olivia.walk(oidc.buildEndSessionUrl(registered, {
    post_logout_redirect_uri: BYE, id_token_hint: new TextDecoder().decode(plaintext), state: 'goodbye',
  }).href, { logOut: true });
  assert.equal(end.departed?.href, `${BYE}?state=goodbye`, end.describe());
  const deadline = Date.now() + 20_000;
  while (told.length === 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(told.length, 1, 'one call');
  const jwks = createRemoteJWKSet(new URL(registered.serverMetadata().jwks_uri));
  const { payload, protectedHeader } = await jwtVerify(told[0].get('logout_token'), jwks, {
    issuer, audience: registered.clientMetadata().client_id, typ: 'logout+jwt', requiredClaims: ['jti', 'iat', 'exp', 'events'],
  });
  assert.notEqual(protectedHeader.alg, 'none');
  assert.deepEqual(payload.events, { 'http://schemas.openid.net/event/backchannel-logout': {} });
  assert.equal(payload.sid, first.claims.sid);
  assert.equal(payload.nonce, undefined);
});

await check('the answer of the authorization endpoint as a JWT', async () => {
  const config = await oidc.discovery(new URL(issuer), registered.clientMetadata().client_id, registered.clientMetadata(),
    oidc.ClientSecretBasic(registered.clientMetadata().client_secret), insecure);
  oidc.enableDecryptingResponses(config, ['A256GCM'], { key: reader.privateKey, alg: 'ECDH-ES', kid: 'reader' });
  oidc.useJwtResponseMode(config);
  const request = await newRequest(config, CALLBACK);
  const answer = await come(new Person(issuer), oidc.buildAuthorizationUrl(config, request.parameters).href);
  assert.deepEqual([...answer.searchParams.keys()], ['response']);
  assert.ok((await redeem(request, answer)).claims().sub);
});

await check('the hybrid flow: an ID token beside the code, bound to it', async () => {
  const config = await oidc.discovery(new URL(issuer), registered.clientMetadata().client_id, registered.clientMetadata(),
    oidc.ClientSecretBasic(registered.clientMetadata().client_secret), insecure);
  oidc.enableDecryptingResponses(config, ['A256GCM'], { key: reader.privateKey, alg: 'ECDH-ES', kid: 'reader' });
  oidc.useCodeIdTokenResponseType(config);
  const request = await newRequest(config, CALLBACK);
  const answer = await come(new Person(issuer), oidc.buildAuthorizationUrl(config, request.parameters).href);
  assert.ok((await redeem(request, answer)).claims().sub);
});

await check('a device is signed in from a browser', async () => {
  const device = await oidc.initiateDeviceAuthorization(registered, { scope: 'openid profile' });
  assert.match(device.user_code, /^[A-Z]{4}-[A-Z]{4}$/);
  const polling = oidc.pollDeviceAuthorizationGrant(registered, device, undefined, { signal: AbortSignal.timeout(60_000) });
  const end = await new Person(issuer).walk(device.verification_uri_complete, OLIVIA);
  assert.ok(end.has('approve-done'), end.describe());
  assert.ok((await polling).claims().sub);
});

await check('a client takes its registration back', async () => {
  assert.equal((await manage('DELETE')).status, 204);
  assert.equal((await manage('GET')).status, 401);
});

// — token exchange —

await check('a token is exchanged for one that an API behind takes', async () => {
  const front = await oidc.discovery(new URL(issuer), 'exchanger', undefined, oidc.ClientSecretBasic('exchanger-secret-5d2e90f7a1c34b86'), insecure);
  const request = await newRequest(front, 'https://exchanger.example/callback');
  const tokens = await redeem(request, await come(new Person(issuer), oidc.buildAuthorizationUrl(front, request.parameters).href));
  const exchanged = await oidc.genericGrantRequest(front, 'urn:ietf:params:oauth:grant-type:token-exchange', {
    subject_token: tokens.access_token, subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    resource: 'https://behind.example/', scope: 'openid',
  });
  assert.equal(exchanged.issued_token_type, 'urn:ietf:params:oauth:token-type:access_token');
  const claims = JSON.parse(Buffer.from(exchanged.access_token.split('.')[1], 'base64url'));
  assert.equal(claims.aud, 'https://behind.example/');
  assert.equal(claims.sub, tokens.claims().sub);
});

// — asked by mail, and a client that nobody registered —

await check('a person who is not in front of the app is asked by mail', async () => {
  const desk = await oidc.discovery(new URL(issuer), 'cashier', undefined, oidc.ClientSecretBasic('cashier-secret-83f0b6c1d94e2a75'), insecure);
  const asked = await oidc.initiateBackchannelAuthentication(desk, {
    scope: 'openid profile', login_hint: OLIVIA.username, binding_message: 'Bill 4711',
  });
  const polling = oidc.pollBackchannelAuthenticationGrant(desk, asked, undefined, { signal: AbortSignal.timeout(60_000) });
  const end = await new Person(issuer).walk(await linkFor(issuer, OLIVIA.username, 0, '/backchannel/link'), OLIVIA);
  assert.ok(end.has('approve-done'), end.describe());
  const tokens = await polling;
  assert.equal((await oidc.fetchUserInfo(desk, tokens.access_token, tokens.claims().sub)).name, 'Olivia Marchetti');
});

await check('a client whose id is the address of its document', async () => {
  const config = await oidc.discovery(new URL(issuer), documented.client_id, undefined, oidc.None(), insecure);
  assert.equal(config.serverMetadata().client_id_metadata_document_supported, true);
  const request = await newRequest(config, documented.redirect_uris[0]);
  const tokens = await redeem(request, await come(new Person(issuer), oidc.buildAuthorizationUrl(config, request.parameters).href));
  assert.equal(tokens.claims().aud, documented.client_id);
});

listener.close();
listener.closeAllConnections();
tally.close();
