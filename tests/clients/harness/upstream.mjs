// Owns: a provider of OpenID Connect that nobody here wrote (npm `oidc-provider`), at which Doorward is a client: the
// provider `other` of its settings. And a visit there, from where Doorward sent the browser to where it comes back.
//
// It insists on PKCE, names itself in its answers (RFC 9207), and tells the address by userinfo only.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

import { Person } from './person.mjs';

const CLIENT_ID = 'doorward';
const STEPS_AT_MOST = 4;
const LIVES_SECONDS = 600;
const KEPT = ['AccessToken', 'AuthorizationCode', 'Grant', 'IdToken', 'Interaction', 'Session'];

// By the name that they sign in with there, which is their subject too. What the provider says of `email_verified` is taken for a proof.
const PEOPLE = {
  nora: { name: 'Nora Lindqvist', email: 'nora@elsewhere.example', email_verified: true },
  otto: { name: 'Otto Brandt', email: 'otto@elsewhere.example', email_verified: false },
  greta: { name: 'Greta of Elsewhere', email: 'greta@elsewhere.example', email_verified: true },
  pia: { name: 'Pia Moreau' },
};

export class Upstream {
  /** Listens on a free port of loopback, for one client that comes back to Doorward at `issuer`. */
  static async start(issuer) {
    const upstream = new Upstream();
    upstream.secret = randomBytes(32).toString('hex');
    let answer;
    upstream.listener = createServer((request, response) => answer(request, response));
    upstream.listener.listen(0, '127.0.0.1');
    await once(upstream.listener, 'listening');
    upstream.issuer = `http://127.0.0.1:${upstream.listener.address().port}`;
    answer = new Provider(upstream.issuer, configuration(`${issuer}/federation/other/callback`, upstream.secret)).callback();
    return upstream;
  }

  /** What Doorward has to be told of it, as variables. */
  get settings() {
    const members = {
      KIND: 'openid_connect',
      NAME: 'Elsewhere',
      CLIENT_ID,
      CLIENT_SECRET: this.secret,
      ISSUER: this.issuer,
      ALLOW_PRIVATE_ADDRESSES: 'true',
      SPEAKS_FOR_MAILBOXES: 'true',
    };
    return Object.fromEntries(Object.entries(members).map(([name, value]) => [`DOORWARD__PROVIDER__OTHER__${name}`, value]));
  }

  stop() {
    this.listener.close();
    this.listener.closeAllConnections();
  }
}

/** Signs `login` in at the provider, agrees to everything, and gives the address that the browser is sent back to. */
export async function visit(departed, login) {
  const visitor = new Person(departed.origin);
  let page = await visitor.open(departed.href);
  for (let step = 0; step < STEPS_AT_MOST && !page.departed; step += 1) {
    for (const [name, value] of Object.entries({ login, password: 'any will do' })) {
      page.document.querySelector(`input[name=${name}]`)?.setAttribute('value', value);
    }
    page = await visitor.submit(page);
  }
  if (!page.departed) throw new Error(`expected to be sent back, but: ${page.describe()}`);
  return page.departed;
}

function configuration(callback, secret) {
  return {
    clients: [{ client_id: CLIENT_ID, client_secret: secret, redirect_uris: [callback] }],
    pkce: { required: () => true },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    ttl: Object.fromEntries(KEPT.map((kind) => [kind, LIVES_SECONDS])),
    jwks: { keys: [signingKey()] },
    findAccount: (_, login) => PEOPLE[login] && { accountId: login, claims: () => ({ sub: login, ...PEOPLE[login] }) },
  };
}

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomBytes(8).toString('hex'), use: 'sig', alg: 'RS256' };
}
