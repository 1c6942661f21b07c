// Owns: clients whose keys are made anew for each run, as further lines of the provisioning file, and the private halves
// that their programs need.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';

const CALLBACK = 'https://fapi.example/callback';

/** Writes `apply` with the clients added, and the private keys; gives the path of both. */
export async function withFreshKeys(apply) {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-apps-'));
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), use: 'sig', alg: 'ES256', kid: 'fapi-1' };
  const lines = [
    readFileSync(apply, 'utf8'),
    '[[client]]',
    'client_id = "fapi"',
    'client_name = "Fapi Bank"',
    `redirect_uris = ["${CALLBACK}"]`,
    'grant_types = ["authorization_code", "refresh_token"]',
    'response_types = ["code"]',
    'token_endpoint_auth_method = "private_key_jwt"',
    'scope = "openid profile offline_access"',
    'id_token_signed_response_alg = "ES256"',
    'dpop_bound_access_tokens = true',
    'require_pushed_authorization_requests = true',
    `jwks = { keys = [{ ${Object.entries(jwk).map(([name, value]) => `${name} = "${value}"`).join(', ')} }] }`,
    '[client.doorward]',
    'profile = "fapi2"',
    '',
  ];
  const files = { apply: join(folder, 'apply.toml'), keys: join(folder, 'keys.json') };
  writeFileSync(files.apply, lines.join('\n'));
  writeFileSync(files.keys, JSON.stringify({ fapi: await exportJWK(privateKey) }));
  return files;
}
