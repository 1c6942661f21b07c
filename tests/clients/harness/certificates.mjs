// Owns: certificates of clients and the authorities that vouch for them, made by openssl for one run.
import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const KEYS = { ec: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], rsa: ['rsa:2048'], ed25519: ['ed25519'] };
const AUTHORITY = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign'];
const LEAF = ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature', 'extendedKeyUsage=clientAuth'];

/** A certificate, its key, and those above it that its owner has to show too. */
class Own {
  constructor(files, above) {
    this.files = files;
    this.key = readFileSync(files.key, 'utf8');
    this.own = readFileSync(files.cert, 'utf8');
    this.cert = [this.own, ...above].join('');
    this.parsed = new X509Certificate(this.own);
  }

  /** RFC 8705 §3.1: SHA-256 over the DER. */
  get thumbprint() {
    return createHash('sha256').update(this.parsed.raw).digest('base64url');
  }

  /** Its public key as registration takes it (RFC 7517 §4.7). */
  get jwk() {
    return { ...this.parsed.publicKey.export({ format: 'jwk' }), x5c: [this.parsed.raw.toString('base64')] };
  }
}

export class Certificates {
  #made = 0;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'doorward-certificates-'));
    // Nothing of the machine's own configuration gets in.
    this.config = join(this.folder, 'openssl.cnf');
    writeFileSync(this.config, '[req]\ndistinguished_name = subject\n[subject]\n');
  }

  /** An authority, by itself or below another. */
  authority(subject, by) {
    return this.#make(subject, AUTHORITY, { by });
  }

  /**
   * A certificate for `subject`, as openssl's `-subj` has it, and `names`, as its `subjectAltName` has them; signed with
   * its own key unless `by` an authority. The key is of the kind `kind`, or that of the certificate `of`.
   */
  certificate(subject, { names, by, above = [], kind = 'ec', of } = {}) {
    return this.#make(subject, names ? [...LEAF, `subjectAltName=${names}`] : LEAF, { by, above, kind, of });
  }

  #make(subject, extensions, { by, above = [], kind = 'ec', of }) {
    const at = join(this.folder, String((this.#made += 1)));
    const files = { cert: `${at}.pem`, key: of?.files.key ?? `${at}.key` };
    const key = of ? ['-key', of.files.key] : ['-newkey', ...KEYS[kind], '-noenc', '-keyout', files.key];
    const signer = by ? ['-CA', by.files.cert, '-CAkey', by.files.key] : [];
    execFileSync('openssl', [
      'req', '-x509', '-config', this.config, '-utf8', '-days', '2', '-subj', subject, ...key, ...signer,
      ...extensions.flatMap((extension) => ['-addext', extension]), '-out', files.cert,
    ], { stdio: ['ignore', 'ignore', 'pipe'] });
    return new Own(files, above.map((one) => one.own));
  }

  forget() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
