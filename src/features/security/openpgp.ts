import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { packetsIn, type Signature, tags } from './clear-signed.js';

/** By their numbers in OpenPGP (RFC 9580 §9.1). */
const algorithms = { rsa: 1, rsaForSigning: 3, ecdsa: 19, eddsa: 22, ed25519: 27 } as const;
/** Weaker ones are not believed (ASVS 11.2.3). */
const leastRsaBits = 3072;
const curves: Readonly<Record<string, { readonly name: string; readonly bytes: number }>> = {
  '2a8648ce3d030107': { name: 'P-256', bytes: 32 },
  '2b81040022': { name: 'P-384', bytes: 48 },
  '2b81040023': { name: 'P-521', bytes: 66 },
};
const ed25519Curve = '2b06010401da470f01';

interface SigningKey {
  readonly algorithm: number;
  readonly key: KeyObject;
  /** Of one number of a signature. */
  readonly bytes: number;
}

/**
 * Whether one of the keys in this armoured public key made the signature (RFC 9580). That the file holds who it should is the
 * operator's word: ties between its keys, ends and revocations are not looked at. False also for kinds that are not read.
 */
export function isSignedBy(armored: string, signature: Signature): boolean {
  return signingKeysIn(armored).some((key) => fits(key, signature));
}

/** How many keys of an armoured public key can be judged with. None: it is no such key, or of other kinds. */
export function signingKeysIn(armored: string): SigningKey[] {
  return packetsIn(armored.replaceAll('\r\n', '\n'))
    .filter(({ tag }) => tag === tags.key || tag === tags.subkey)
    .flatMap(({ content }) => {
      try {
        const found = content[0] === 4 ? keyIn(content[5] ?? 0, content.subarray(6)) : undefined;
        return found ? [found] : [];
      } catch {
        return [];
      }
    });
}

function keyIn(algorithm: number, material: Buffer): SigningKey | undefined {
  if (algorithm === algorithms.rsa || algorithm === algorithms.rsaForSigning) {
    const [n = Buffer.alloc(0), e = Buffer.alloc(0)] = numbersIn(material);
    if (n.length * 8 < leastRsaBits) return undefined;
    const key = createPublicKey({ format: 'jwk', key: { kty: 'RSA', n: text(n), e: text(e) } });
    return { algorithm, key, bytes: n.length };
  }
  if (algorithm === algorithms.ed25519) return ed25519(algorithm, material.subarray(0, 32));
  const length = material[0] ?? 0;
  const curve = material.subarray(1, 1 + length).toString('hex');
  const [point = Buffer.alloc(0)] = numbersIn(material.subarray(1 + length));
  if (algorithm === algorithms.eddsa) return curve === ed25519Curve ? ed25519(algorithm, point.subarray(1)) : undefined;
  const known = algorithm === algorithms.ecdsa ? curves[curve] : undefined;
  if (!known) return undefined;
  const [x, y] = [point.subarray(1, 1 + known.bytes), point.subarray(1 + known.bytes)];
  const key = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: known.name, x: text(x), y: text(y) } });
  return { algorithm, key, bytes: known.bytes };
}

function ed25519(algorithm: number, point: Buffer): SigningKey {
  const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: text(point) } });
  return { algorithm, key, bytes: 32 };
}

const text = (bytes: Buffer) => bytes.toString('base64url');

/** Numbers, each after its length in bits (RFC 9580 §3.2). */
function numbersIn(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const length = Math.ceil(bytes.readUInt16BE(at) / 8);
    found.push(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return found;
}

function fits({ algorithm, key, bytes }: SigningKey, { algorithm: used, made, hash, content }: Signature): boolean {
  if (algorithm !== used) return false;
  const padded = (number: Buffer) => Buffer.concat([Buffer.alloc(Math.max(0, bytes - number.length)), number]);
  const numbers = () => Buffer.concat(numbersIn(made).map(padded));
  if (algorithm === algorithms.rsa || algorithm === algorithms.rsaForSigning)
    return verify(hash, content, key, numbers());
  if (algorithm === algorithms.ecdsa) return verify(hash, content, { key, dsaEncoding: 'ieee-p1363' }, numbers());
  // Ed25519 signs the digest here, not the text.
  const digest = createHash(hash).update(content).digest();
  return verify(null, digest, key, algorithm === algorithms.ed25519 ? made : numbers());
}
