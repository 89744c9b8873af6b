interface Use {
  /** The file under `src/`, and what it takes from the library. A test compares both with the source. */
  readonly file: string;
  readonly calls: readonly string[];
  readonly algorithm: string;
  readonly what: string;
}

const use = (file: string, calls: string, algorithm: string, what: string): Use => ({
  ...{ file, calls: calls.split(' '), algorithm, what },
});

const random = (file: string, what: string, calls = 'randomBytes') => use(file, calls, 'System generator', what);
const hash = (file: string, what: string) => use(file, 'createHash', 'SHA-256', what);
const keyed = (file: string, what: string) => use(file, 'createHmac', 'HMAC-SHA-256', what);

/** V11.1.2: every place that calls a primitive or a library of cryptography, by what it protects. */
export const cryptographicUses: readonly { readonly group: string; readonly uses: readonly Use[] }[] = [
  {
    group: 'Content at rest',
    uses: [
      use(
        'vault/keyring.ts',
        'createCipheriv createDecipheriv createHmac randomBytes',
        'AES-256-GCM, 96-bit random nonce, 128-bit tag; HMAC-SHA-256',
        'Seals content under the workspace’s key; makes the keyed tags of words',
      ),
      use(
        'vault/deployment.ts',
        'createCipheriv createDecipheriv hkdfSync randomBytes',
        'AES-256-GCM; HKDF-SHA-256',
        'Derives the installation’s keys from MASTER_KEY and seals workspaces’ keys, mails and reports',
      ),
    ],
  },
  {
    group: 'Signatures',
    uses: [
      use(
        'vault/signature.ts',
        'createHash createPrivateKey createPublicKey sign verify',
        'Ed25519; SHA-256 for the fingerprint',
        'Self-test results and evidence packs',
      ),
      use('features/security/clear-signed.ts', 'createHash', 'SHA-256 to SHA-512', 'A security.txt that was changed'),
      use(
        'features/security/openpgp.ts',
        'createHash createPublicKey verify',
        'Ed25519, ECDSA, RSA of 3072 bits and more; SHA-256 to SHA-512',
        'Whose key signed a security.txt',
      ),
      use('features/accounts/outside/identity-token.ts', 'jose', 'RS256', 'Identity tokens of a provider'),
    ],
  },
  {
    group: 'People and sessions',
    uses: [
      use('features/accounts/password.ts', 'createHmac', 'HMAC-SHA-384', 'What of a password goes into bcrypt'),
      use('features/accounts/password-worker.ts', 'bcrypt', 'bcrypt, cost 12', 'Hashes of passwords'),
      use('features/accounts/codes/code.ts', 'createHmac randomInt', 'HMAC-SHA-256', 'Mailed codes'),
      random('features/accounts/recovery-codes/recovery-code.ts', 'Recovery codes', 'randomInt'),
      random('features/accounts/recovery/recovery.ts', 'The words by which a recovery is known again', 'randomInt'),
      use(
        'features/accounts/authenticator/authenticator.ts',
        'otplib',
        'HMAC-SHA-1 of 160 bits (RFC 6238)',
        'Codes of apps',
      ),
      use('features/accounts/passkeys/webauthn.ts', '@simplewebauthn/server', 'ES256, EdDSA, RS256', 'Passkeys'),
      use('http/session.ts', 'express-session randomBytes', 'HMAC-SHA-256', 'Names of sessions and their signature'),
      hash('http/session-rows.ts', 'Names of sessions in the database'),
      use('http/csrf.ts', 'csurf', 'SHA-1 of a random secret and a salt, as a token only', 'Tokens of forms'),
      use('vault/tokens.ts', 'createHash randomBytes', 'SHA-256', 'Links and keys, 256 bits each'),
      keyed('database/roles.ts', 'Passwords of the database’s logins'),
      use('features/disclosure/report.ts', 'createHmac randomInt', 'HMAC-SHA-256', 'Names of reports; known senders'),
    ],
  },
  {
    group: 'Transport',
    uses: [
      use('http/server-lifecycle.ts', 'node:https', 'TLS 1.2 and 1.3', 'Towards the proxy, where it is switched on'),
      use('log/link.ts', 'node:tls', 'TLS 1.2 and 1.3', 'Towards the collector of the log'),
      use('features/security/claims/transport.ts', 'node:tls', 'TLS', 'Looks at the certificate that people get'),
      use('features/disclosure/intake/child.ts', 'mailauth', 'DKIM', 'Whether a mail’s sender is forged'),
    ],
  },
  {
    group: 'Names and comparisons that are no secrets',
    uses: [
      hash('vault/digest.ts', 'What a person has approved'),
      hash('features/exports/archive.ts', 'Files of an export'),
      hash('features/disclosure/intake/mailbox-mail.ts', 'A mail that was seen before'),
      hash('features/knowledge/uploads.ts', 'The machine, in names of folders'),
      hash('database/prepared.ts', 'Names of prepared statements'),
      hash('database/migrations.ts', 'Whether a migration was changed'),
      hash('http/assets.ts', 'Styles and scripts (subresource integrity)'),
      hash('http/last-workspace.ts', 'Which workspace was opened last'),
      hash('http/rate-limit.ts', 'Keys of counters'),
      random('http/headers.ts', 'The nonce of a page'),
      random('database/id.ts', 'Ids'),
      random('database/provision.ts', 'Names of schemas', 'randomInt'),
      random('database/embedded.ts', 'The password of the built-in database'),
      random('features/workspaces/slug.ts', 'Endings of addresses', 'randomInt'),
      random('features/conversations/gateway/untrusted.ts', 'Marks around text of others'),
      random('features/knowledge/retrieval/model/file.ts', 'Names of unfinished files'),
      random('features/assurance/self-test/planting.ts', 'Canaries of the self-test', 'randomBytes'),
      random('features/assurance/self-test/canaries.ts', 'Canaries of the self-test', 'randomInt'),
      use(
        'features/assurance/self-test/visit.ts',
        'createHmac randomBytes',
        'HMAC-SHA-256',
        'A session of the self-test',
      ),
    ],
  },
];

interface Key {
  readonly name: string;
  readonly bits: string;
  readonly made: string;
  readonly kept: string;
  readonly changed: string;
}

/** V11.1.1: each kind of key through its life. `purposes` are the words from which keys are derived in the source. */
export const keys: readonly Key[] = [
  {
    name: 'MASTER_KEY',
    bits: '256',
    made: 'By the operator, openssl rand',
    kept: 'In the environment of the processes, and apart from the backups',
    changed:
      'Not without sealing the workspaces’ keys anew, which this version has no command for: keep it safe instead',
  },
  {
    name: 'Keys derived from it',
    bits: '256',
    made: 'HKDF-SHA-256, one for each purpose',
    kept: 'Nowhere: derived when they are used',
    changed: 'With MASTER_KEY',
  },
  {
    name: 'Content key of a workspace',
    bits: '256',
    made: 'With the workspace, from the system’s generator',
    kept: 'Sealed under a key of MASTER_KEY, in the database',
    changed:
      'By a new generation; older ones stay to open what they sealed. After a year the workspace’s security page asks',
  },
  {
    name: 'Index key of a workspace',
    bits: '256',
    made: 'With the workspace',
    kept: 'Sealed likewise',
    changed: 'Never: what was indexed could not be found any more. It goes with the workspace',
  },
  {
    name: 'SESSION_SECRET',
    bits: '256',
    made: 'By the operator',
    kept: 'In the environment',
    changed: 'Once a year, and at once when it may be known: put a new one first, drop the old one a day later',
  },
  {
    name: 'Certificates of the edge and towards the application',
    bits: 'P-256, or RSA of 2048 and more',
    made: 'By Certbot, or the operator',
    kept: 'On the edge, mode 0600',
    changed: 'Every 60 days, by itself; doctor and the security page warn before the end',
  },
  {
    name: 'Keys of providers (models, mail, search, sign-in)',
    bits: 'Theirs',
    made: 'By the provider',
    kept: 'In the environment',
    changed: 'Once a year, when somebody who knew them leaves, and at once when one may be known',
  },
  {
    name: 'Sessions, links, codes',
    bits: '256; codes 20, with few tries',
    made: 'From the system’s generator',
    kept: 'Hashed, in the database',
    changed: 'They end by themselves: see the times of each',
  },
];
