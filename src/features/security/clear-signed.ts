import { createHash } from 'node:crypto';

export interface ClearSigned {
  /** As its reader sees it. */
  readonly body: string;
  /**
   * Whether the signature was made over this text: it carries the first two bytes of what was signed, so a text that was
   * changed afterwards is noticed, but for one in 65,536. Undefined for a signature that is not read here. Whose key made
   * it is not looked at, and whoever forges a signature can write these bytes, too: that is for readers with the key.
   */
  readonly isWhole: boolean | undefined;
}

const framed =
  /^-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Za-z]+: .*\n)*\n([\s\S]+?)\n-----BEGIN PGP SIGNATURE-----\n([\s\S]+)\n-----END PGP SIGNATURE-----\s*$/;

/** RFC 9580 §7. Undefined when it is not a clear-signed text. */
export function readClearSigned(text: string): ClearSigned | undefined {
  const [, inner, armored] = framed.exec(text.replaceAll('\r\n', '\n')) ?? [];
  if (inner === undefined || armored === undefined) return undefined;
  const lines = inner.split('\n').map((line) => line.replace(/^- /, ''));
  const signature = signatureIn(armored);
  return { body: lines.join('\n'), isWhole: signature && fits(signature, lines) };
}

interface Signature {
  readonly hash: string;
  /** From its version to the end of what it signs beside the text. */
  readonly signedPart: Buffer;
  readonly start: Buffer;
}

/** By their numbers in OpenPGP (RFC 9580 §9.5). */
const hashes: Readonly<Record<number, string>> = { 8: 'sha256', 9: 'sha384', 10: 'sha512', 11: 'sha224' };
const ofText = 1;

/** The first packet, when it is a signature of a text in version 4, which all programs of today write. */
function signatureIn(armored: string): Signature | undefined {
  const base64 = armored.replace(/^[\s\S]*?\n\n/, '').replace(/^=[\w+/]{4}$/m, '');
  const packet = contentOf(Buffer.from(base64, 'base64'));
  const hash = hashes[packet?.[3] ?? 0];
  if (!packet || !hash || packet.length < 10 || packet[0] !== 4 || packet[1] !== ofText) return undefined;
  const end = 6 + packet.readUInt16BE(4);
  if (end + 2 > packet.length) return undefined;
  const at = end + 2 + packet.readUInt16BE(end);
  return at + 2 > packet.length
    ? undefined
    : { hash, signedPart: packet.subarray(0, end), start: packet.subarray(at, at + 2) };
}

/** Of a packet with the tag of a signature, in the old form or the new one (RFC 9580 §4.2). */
function contentOf(bytes: Buffer): Buffer | undefined {
  const [tag = 0, first = 0, second = 0] = bytes;
  if (tag === 0x88) return bytes.subarray(2, 2 + first);
  if (tag === 0x89) return bytes.subarray(3, 3 + first * 256 + second);
  if (tag !== 0xc2 || first > 223) return undefined;
  if (first < 192) return bytes.subarray(2, 2 + first);
  return bytes.subarray(3, 3 + (first - 192) * 256 + second + 192);
}

/** Lines end with CR LF and without blanks, and after the last one there is nothing (RFC 9580 §7.2). */
function fits({ hash, signedPart, start }: Signature, lines: readonly string[]): boolean {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(signedPart.length);
  const digest = createHash(hash)
    .update(lines.map((line) => line.replace(/[ \t]+$/, '')).join('\r\n'))
    .update(signedPart)
    .update(Buffer.from([4, 0xff]))
    .update(length)
    .digest();
  return digest.subarray(0, 2).equals(start);
}
