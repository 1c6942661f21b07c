// Owns: authorization requests of an application that only waits for the answer.
import { createHash, randomBytes } from 'node:crypto';

/** Gives a function that makes authorization requests of the application at `origin`. */
export const requestsOf = (origin) => (extra = {}) => {
  const parameters = new URLSearchParams({
    client_id: 'shop',
    redirect_uri: `${origin}/callback`,
    response_type: 'code',
    scope: 'openid profile email',
    state: randomBytes(8).toString('hex'),
    code_challenge: createHash('sha256').update(randomBytes(32).toString('base64url')).digest('base64url'),
    code_challenge_method: 'S256',
    ...extra,
  });
  return `/oauth2/authorize?${parameters}`;
};
