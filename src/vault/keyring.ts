import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { openBytesForDeployment, sealForDeployment } from './deployment.js';

/** A tenant's data keys, unwrapped. Content keys rotate by generation; the index key stays, or search would break. */
export interface Keyring {
  readonly tenantId: string;
  readonly generation: number;
  readonly content: ReadonlyMap<number, Buffer>;
  readonly index: Buffer;
}

export interface WrappedKey {
  readonly purpose: 'content' | 'index';
  readonly generation: number;
  readonly wrapped: Buffer;
}

const version = 1;
const headBytes = 5;
const nonceBytes = 12;
const tagBytes = 16;
const bodyAt = headBytes + nonceBytes + tagBytes;

/** Fresh 256-bit keys for a new tenant, wrapped by the master key. */
export function newWrappedKeys(tenantId: string): WrappedKey[] {
  return (['content', 'index'] as const).map((purpose) => ({
    purpose,
    generation: 1,
    wrapped: sealForDeployment('tenant key', `${tenantId}|${purpose}|1`, randomBytes(32)),
  }));
}

/** Throws when a key does not open under this deployment's master key, or when one is missing. */
export function unwrapKeys(tenantId: string, rows: readonly WrappedKey[]): Keyring {
  const content = new Map<number, Buffer>();
  let index: Buffer | undefined;
  for (const { purpose, generation, wrapped } of rows) {
    const key = openBytesForDeployment('tenant key', `${tenantId}|${purpose}|${generation}`, wrapped);
    if (purpose === 'content') content.set(generation, key);
    else index = key;
  }
  if (!index || content.size === 0) throw new Error('This workspace has no keys: its content cannot be read any more');
  return { tenantId, generation: Math.max(...content.keys()), content, index };
}

/**
 * AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D). Layout: version, key generation (uint32), nonce, tag,
 * ciphertext. The associated data binds tenant, table.column and row: a ciphertext copied elsewhere does not open.
 */
export function seal(keyring: Keyring, place: string, rowId: string, content: string | Buffer): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt8(version, 0);
  head.writeUInt32BE(keyring.generation, 1);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', keyOf(keyring, keyring.generation), nonce, { authTagLength: tagBytes });
  cipher.setAAD(boundTo(keyring, place, rowId, head));
  const body = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([head, nonce, cipher.getAuthTag(), body]);
}

export function open(keyring: Keyring, place: string, rowId: string, sealed: Buffer): Buffer {
  if (sealed.length < bodyAt || sealed.readUInt8(0) !== version) throw new Error(`Not a sealed value: ${place}`);
  const head = sealed.subarray(0, headBytes);
  const key = keyOf(keyring, head.readUInt32BE(1));
  const nonce = sealed.subarray(headBytes, headBytes + nonceBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(boundTo(keyring, place, rowId, head));
  decipher.setAuthTag(sealed.subarray(headBytes + nonceBytes, bodyAt));
  return Buffer.concat([decipher.update(sealed.subarray(bodyAt)), decipher.final()]);
}

/** A 6-byte keyed tag of a lexeme: deterministic, so it can be searched; keyed, so it cannot be read. */
export function blind(keyring: Keyring, lexeme: string): Buffer {
  return createHmac('sha256', keyring.index).update(lexeme).digest().subarray(0, 6);
}

function keyOf(keyring: Keyring, generation: number): Buffer {
  const key = keyring.content.get(generation);
  if (!key) throw new Error(`Key generation ${generation} of this workspace is gone`);
  return key;
}

function boundTo(keyring: Keyring, place: string, rowId: string, head: Buffer): Buffer {
  return Buffer.concat([head, Buffer.from(`${keyring.tenantId}|${place}|${rowId}`)]);
}
