import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { config, varPath } from '../config.js';

const Secrets = z.object({ masterKey: z.string(), sessionSecrets: z.array(z.string()).min(1) });
type Secrets = z.infer<typeof Secrets>;

const sample = /^(change|example|sample|secret|password|test|default|replace)/i;
let current: Secrets | undefined;

/**
 * The deployment's own secrets: from the environment, or made once and kept in `var/secrets.json` (mode 0600).
 * Production takes them from the environment only. Throws with the variable's name.
 */
function secrets(): Secrets {
  current ??= fromEnvironment() ?? fromFile();
  return current;
}

function fromEnvironment(): Secrets | undefined {
  const { MASTER_KEY, SESSION_SECRET, production } = config();
  if (!production && !MASTER_KEY && !SESSION_SECRET) return undefined;
  return { masterKey: checkedMasterKey(MASTER_KEY), sessionSecrets: checkedSessionSecrets(SESSION_SECRET) };
}

function checkedMasterKey(text: string | undefined): string {
  if (!text) {
    throw new Error(
      'MASTER_KEY is missing. Take the one that was kept with the database; for a new installation: openssl rand -base64 32',
    );
  }
  const bytes = Buffer.from(text, 'base64');
  if (sample.test(text) || bytes.length !== 32 || new Set(bytes).size < 12) {
    throw new Error('MASTER_KEY must be 32 random bytes in base64. Make one with: openssl rand -base64 32');
  }
  return text;
}

function checkedSessionSecrets(list: readonly string[] | undefined): string[] {
  if (!list?.length) throw new Error('SESSION_SECRET is missing. Make one with: openssl rand -base64 32');
  for (const secret of list) {
    if (sample.test(secret) || secret.length < 32 || new Set(secret).size < 12) {
      throw new Error('SESSION_SECRET is a sample or too short. Make one with: openssl rand -base64 32');
    }
  }
  return [...list];
}

function fromFile(): Secrets {
  const path = varPath('secrets.json');
  if (existsSync(path)) {
    chmodSync(path, 0o600);
    return Secrets.parse(JSON.parse(readFileSync(path, 'utf8')));
  }
  const made = { masterKey: randomBytes(32).toString('base64'), sessionSecrets: [randomBytes(32).toString('base64')] };
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(made), { mode: 0o600 });
  renameSync(draft, path);
  return made;
}

/** A key for one purpose, derived from the master key (HKDF-SHA-256, RFC 5869). */
export function deploymentKey(purpose: string): Buffer {
  const master = Buffer.from(secrets().masterKey, 'base64');
  return Buffer.from(hkdfSync('sha256', master, 'bailiwick', purpose, 32));
}

/** Newest first: the first signs cookies, all of them are accepted. */
export function sessionSecrets(): string[] {
  return secrets().sessionSecrets;
}

const nonceBytes = 12;
const tagBytes = 16;

/** AES-256-GCM (NIST SP 800-38D) under a deployment key; `purpose` and `id` must match to open it again. */
export function sealForDeployment(purpose: string, id: string, content: string | Buffer): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', deploymentKey(purpose), nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(`${purpose}|${id}`));
  const body = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

/** Throws when the bytes were altered or sealed for another purpose or id. */
export function openBytesForDeployment(purpose: string, id: string, sealed: Buffer): Buffer {
  const nonce = sealed.subarray(0, nonceBytes);
  const decipher = createDecipheriv('aes-256-gcm', deploymentKey(purpose), nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(`${purpose}|${id}`));
  decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]);
}

export function openForDeployment(purpose: string, id: string, sealed: Buffer): string {
  return openBytesForDeployment(purpose, id, sealed).toString('utf8');
}
