import { createHash } from 'node:crypto';

/**
 * As far as a reader without the key can tell, `signed` was signed and `text` stands there: version 4, of text, Ed25519,
 * SHA-256, nothing beside (RFC 9580 §5.2.3).
 */
export function clearSigned(text: string, signed = text): string {
  const part = Buffer.from([4, 1, 22, 8, 0, 0]);
  const canonical = signed.replace(/\n$/, '').replaceAll('\n', '\r\n');
  const trailer = Buffer.from([4, 0xff, 0, 0, 0, part.length]);
  const digest = createHash('sha256').update(canonical).update(part).update(trailer).digest();
  const packet = Buffer.concat([part, Buffer.from([0, 0]), digest.subarray(0, 2), Buffer.alloc(66)]);
  const armored = Buffer.concat([Buffer.from([0x88, packet.length]), packet]).toString('base64');
  return `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${text}-----BEGIN PGP SIGNATURE-----\n\n${armored}\n-----END PGP SIGNATURE-----\n`;
}
