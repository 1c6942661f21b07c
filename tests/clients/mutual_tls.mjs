// npm `openid-client` with certificates (RFC 8705), over TLS of a server of its own: clients that are known by their own
// key or by a name that an authority vouches for, tokens bound to a certificate, and what happens with the wrong one.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as jose from 'jose';
import * as oidc from 'openid-client';

import { Certificates } from './harness/certificates.mjs';
import { channel } from './harness/channel.mjs';
import { Person } from './harness/person.mjs';
import { binary, Server } from './harness/server.mjs';
import { Tally } from './harness/tally.mjs';

const CALLBACK = 'https://harbour.example/callback';
const HANNE = { username: 'hanne@people.example', password: 'Hanne counts the ferries', decision: 'allow' };
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

const tally = new Tally('certificates of clients');
const check = tally.check.bind(tally);

// — who takes part —

const certificates = new Certificates();
const authority = certificates.authority('/O=Harbour Office/CN=Root');
const branch = certificates.authority('/O=Harbour Office/CN=Branch', authority);
// The same name, but nobody who counts here.
const stranger = certificates.authority('/O=Harbour Office/CN=Root');

const notary = certificates.certificate('/CN=notary', { kind: 'rsa' });
const NAMES = 'DNS:harbour.example,URI:spiffe://harbour.example/crane,IP:2001:db8::7,email:crane@harbour.example';
const SUBJECT = '/O=Parcels, Fast/CN=Kurier Zürich';
const vouched = certificates.certificate(SUBJECT, { names: NAMES, by: authority });
const otherwise = certificates.certificate('/O=Parcels, Fast/CN=Kurier Basel', {
  names: 'DNS:crane.harbour.example,URI:spiffe://harbour.example/crane/2,IP:2001:db8::8,email:other@harbour.example', by: authority,
});
const BY_NAME = {
  subject_dn: 'CN=Kurier Zürich,O=Parcels\\, Fast',
  san_dns: 'harbour.example',
  san_uri: 'spiffe://harbour.example/crane',
  san_ip: '2001:db8::7',
  san_email: 'crane@harbour.example',
};

const machine = { redirect_uris: [], grant_types: ['client_credentials'], response_types: [], tls_client_certificate_bound_access_tokens: true };
const clients = [
  { ...machine, client_id: 'notary', token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: [notary.jwk] } },
  ...Object.entries(BY_NAME).map(([member, name]) => (
    { ...machine, client_id: `by_${member}`, token_endpoint_auth_method: 'tls_client_auth', [`tls_client_auth_${member}`]: name }
  )),
  {
    ...machine, client_id: 'harbour', redirect_uris: [CALLBACK], grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'], token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: BY_NAME.san_dns,
    require_pushed_authorization_requests: true, scope: 'openid profile offline_access',
  },
];

/** A value as TOML has it, tables in one line. */
function toml(value) {
  if (Array.isArray(value)) return `[${value.map(toml).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{ ${Object.entries(value).map(([name, member]) => `"${name}" = ${toml(member)}`).join(', ')} }`;
}

const person = { email: HANNE.username, email_verified: true, password: HANNE.password, name: 'Hanne Vestergaard' };
const apply = join(certificates.folder, 'apply.toml');
writeFileSync(apply, `client = ${toml(clients)}\nperson = ${toml([person])}\n`);

const server = await Server.start(binary(root), apply, {
  DOORWARD__PROTOCOL__MUTUAL_TLS: 'true',
  DOORWARD__TLS__CLIENT_AUTHORITIES: authority.files.cert,
}, { https: true });
const { issuer } = server;

/** The client `id` as openid-client has it, over connections that show `own`, or no certificate. */
function client(id, own) {
  return oidc.discovery(new URL(issuer), id, { use_mtls_endpoint_aliases: true }, oidc.TlsClientAuth(), {
    [oidc.customFetch]: server.fetch(own), execute: [oidc.enableNonRepudiationChecks],
  });
}

const token = async (id, own) => oidc.clientCredentialsGrant(await client(id, own));

/** The refusal of `attempt`, which must be one. */
async function refusal(attempt) {
  const error = await attempt.then(() => assert.fail('expected a refusal'), (error) => error);
  assert.equal(error.status, 401, error);
  return error;
}

// RFC 9110 §15.5.2: a 401 names a scheme, and openid-client then leaves the body, with the code, unread.
async function isUnknown(attempt) {
  const { response } = await refusal(attempt);
  assert.equal((await response.json()).error, 'invalid_client');
}

// RFC 6750 §3.1
async function isOfNoUse(attempt) {
  const { cause } = await refusal(attempt);
  assert.equal(cause[0].parameters.error, 'invalid_token');
}

/** Verifies an access token as a resource does (RFC 9068 §4), and gives its claims. */
async function verified(config, accessToken) {
  const keys = jose.createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri), { [jose.customFetch]: server.fetch() });
  return (await jose.jwtVerify(accessToken, keys, { issuer, typ: 'at+jwt' })).payload;
}

async function isBoundTo(own, config, tokens) {
  assert.equal(tokens.token_type, 'bearer');
  assert.deepEqual((await verified(config, tokens.access_token)).cnf, { 'x5t#S256': own.thumbprint });
}

async function journey() {
  await check('over TLS the metadata says that certificates are taken, and that the endpoints are the usual ones', async () => {
    const metadata = (await client('notary')).serverMetadata();
    assert.equal(metadata.issuer, issuer);
    assert.equal(metadata.tls_client_certificate_bound_access_tokens, true);
    assert.equal(metadata.mtls_endpoint_aliases, undefined);
    for (const method of ['tls_client_auth', 'self_signed_tls_client_auth']) {
      assert.ok(metadata.token_endpoint_auth_methods_supported.includes(method), method);
    }
  });

  await check('a server certificate of an unknown authority is not taken', async () => {
    // node's own authorities
    await assert.rejects(channel({})(`${issuer}/ready`), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  });

  await byItsOwnKey();
  await byAName();
  await aPersonComes();
}

async function byItsOwnKey() {
  await check('a certificate that its own key signed: the token holds its thumbprint', async () => {
    const config = await client('notary', notary);
    await isBoundTo(notary, config, await oidc.clientCredentialsGrant(config));
  });

  await check('a renewed certificate with the same key is taken, and the token is bound to the new one', async () => {
    const renewed = certificates.certificate('/CN=notary renewed', { of: notary });
    assert.notEqual(renewed.thumbprint, notary.thumbprint);
    const config = await client('notary', renewed);
    await isBoundTo(renewed, config, await oidc.clientCredentialsGrant(config));
  });

  await check('another key under the same name, one that an authority vouches for, or none at all: invalid_client', async () => {
    for (const wrong of [certificates.certificate('/CN=notary', { kind: 'rsa' }), vouched, undefined]) {
      await isUnknown(token('notary', wrong));
    }
  });

  await check('introspection by certificate tells the thumbprint, and tells nobody else anything', async () => {
    const config = await client('notary', notary);
    const { access_token: accessToken } = await oidc.clientCredentialsGrant(config);
    const told = await oidc.tokenIntrospection(config, accessToken);
    assert.equal(told.active, true);
    assert.deepEqual(told.cnf, { 'x5t#S256': notary.thumbprint });
    for (const wrong of [vouched, undefined]) {
      await isUnknown(oidc.tokenIntrospection(await client('notary', wrong), accessToken));
    }
  });
}

async function byAName() {
  for (const [member, name] of Object.entries(BY_NAME)) {
    await check(`a client is known by ${member} ${name}, and not by another name of the same authority`, async () => {
      const config = await client(`by_${member}`, vouched);
      await isBoundTo(vouched, config, await oidc.clientCredentialsGrant(config));
      await isUnknown(token(`by_${member}`, otherwise));
    });
  }

  await check('the right names are of no use when nobody vouches for them', async () => {
    const unvouched = [stranger, undefined].map((by) => certificates.certificate(SUBJECT, { names: NAMES, by }));
    for (const wrong of [...unvouched, undefined]) {
      for (const member of Object.keys(BY_NAME)) await isUnknown(token(`by_${member}`, wrong));
    }
  });

  await check('a certificate from a branch of the authority is taken with the certificate of the branch, not without', async () => {
    const subject = { names: NAMES, by: branch };
    const whole = certificates.certificate(SUBJECT, { ...subject, above: [branch], kind: 'ed25519' });
    const config = await client('by_san_uri', whole);
    await isBoundTo(whole, config, await oidc.clientCredentialsGrant(config));
    await isUnknown(token('by_san_uri', certificates.certificate(SUBJECT, subject)));
  });
}

async function newRequest() {
  const verifier = oidc.randomPKCECodeVerifier();
  const request = { verifier, state: oidc.randomState(), nonce: oidc.randomNonce() };
  request.parameters = {
    redirect_uri: CALLBACK, scope: 'openid profile offline_access', prompt: 'consent', state: request.state, nonce: request.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  };
  return request;
}

const redeem = (config, request, answer) =>
  oidc.authorizationCodeGrant(config, answer, {
    pkceCodeVerifier: request.verifier, expectedState: request.state, expectedNonce: request.nonce, idTokenExpected: true,
  });

async function aPersonComes() {
  const harbour = await client('harbour', vouched);
  const nobody = await client('harbour');
  const another = await client('harbour', otherwise);

  await check('a request is pushed with the certificate only', async () => {
    for (const wrong of [nobody, another]) {
      await isUnknown(oidc.buildAuthorizationUrlWithPAR(wrong, (await newRequest()).parameters));
    }
  });

  const tokens = await check('PAR and code flow with the certificate, for a person whose browser shows none', async () => {
    const request = await newRequest();
    const address = await oidc.buildAuthorizationUrlWithPAR(harbour, request.parameters);
    assert.deepEqual([...address.searchParams.keys()].sort(), ['client_id', 'request_uri']);
    const end = await new Person(issuer, undefined, server.fetch()).walk(address.href, HANNE);
    assert.ok(end.departed, `expected to be sent back to the application, but: ${end.describe()}`);
    for (const wrong of [nobody, another]) await isUnknown(redeem(wrong, request, end.departed));
    const answer = await redeem(harbour, request, end.departed);
    await isBoundTo(vouched, harbour, answer);
    return { ...answer, sub: answer.claims().sub };
  });

  await check('userinfo takes the bound token from whoever shows the certificate, and from nobody else', async () => {
    assert.equal((await oidc.fetchUserInfo(harbour, tokens.access_token, tokens.sub)).name, 'Hanne Vestergaard');
    for (const wrong of [nobody, another]) {
      await isOfNoUse(oidc.fetchUserInfo(wrong, tokens.access_token, tokens.sub));
    }
  });

  const fresh = await check('a refresh needs the certificate, and a try with another one spends nothing', async () => {
    for (const wrong of [nobody, another]) await isUnknown(oidc.refreshTokenGrant(wrong, tokens.refresh_token));
    const again = await oidc.refreshTokenGrant(harbour, tokens.refresh_token);
    assert.notEqual(again.access_token, tokens.access_token);
    await isBoundTo(vouched, harbour, again);
    assert.equal((await oidc.fetchUserInfo(harbour, again.access_token, tokens.sub)).sub, tokens.sub);
    await isOfNoUse(oidc.fetchUserInfo(another, again.access_token, tokens.sub));
    return again;
  });

  await check('what is revoked with the certificate is of no use with it', async () => {
    await isUnknown(oidc.tokenRevocation(another, fresh.refresh_token));
    await oidc.fetchUserInfo(harbour, fresh.access_token, tokens.sub);
    await oidc.tokenRevocation(harbour, fresh.refresh_token);
    await isOfNoUse(oidc.fetchUserInfo(harbour, fresh.access_token, tokens.sub));
  });
}

try {
  await journey();
} finally {
  await check('the server ends cleanly when asked to', async () => assert.equal(await server.stop(), 0));
  if (tally.failed > 0) console.log(`# the server's last words:\n${server.lastLines()}`);
  else server.forget();
  certificates.forget();
  tally.close();
}
