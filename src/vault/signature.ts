import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { deploymentKey } from './deployment.js';

/** RFC 8410: what stands before the 32 bytes of an Ed25519 private key in PKCS #8. */
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex');

let current: KeyObject | undefined;

/** The installation's own signing key (Ed25519, RFC 8032), derived from its master key: nothing more has to be kept. */
function signingKey(): KeyObject {
  current ??= createPrivateKey({
    key: Buffer.concat([pkcs8Head, deploymentKey('signature')]),
    format: 'der',
    type: 'pkcs8',
  });
  return current;
}

export function signText(text: string): Buffer {
  return sign(null, Buffer.from(text), signingKey());
}

/** The public half as PEM, for everybody. */
export function publicKey(): string {
  return String(createPublicKey(signingKey()).export({ type: 'spki', format: 'pem' }));
}

/** SHA-256 of the public key in DER: short enough to be compared by eye or read out. */
export function publicKeyFingerprint(): string {
  const der = createPublicKey(signingKey()).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex');
}

/** Whether these bytes are the signature of this text by the key in `pem`; false for a key that is none. */
export function isSignatureOf(text: string, signature: Buffer, pem = publicKey()): boolean {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'ed25519' && verify(null, Buffer.from(text), key, signature);
  } catch {
    return false;
  }
}
