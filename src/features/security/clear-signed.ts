import { createHash } from 'node:crypto';

export interface ClearSigned {
  /** As its reader sees it. */
  readonly body: string;
  /**
   * Whether the signature was made over this text: it carries the first two bytes of what was signed, so a text that was
   * changed afterwards is noticed, but for one in 65,536. Undefined for a signature that is not read here. Whoever forges a
   * signature can write these bytes, too: whose key made it is judged with the key (openpgp.ts).
   */
  readonly isWhole: boolean | undefined;
  readonly signature: Signature | undefined;
}

export interface Signature {
  /** The number of the algorithm, and what it made (RFC 9580 §9.1, §5.2.3). */
  readonly algorithm: number;
  readonly made: Buffer;
  readonly hash: string;
  /** What was hashed: the text, and what is signed beside it. */
  readonly content: Buffer;
}

const framed =
  /^-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Za-z]+: .*\n)*\n([\s\S]+?)\n-----BEGIN PGP SIGNATURE-----\n([\s\S]+)\n-----END PGP SIGNATURE-----\s*$/;

/** RFC 9580 §7. Undefined when it is not a clear-signed text. */
export function readClearSigned(text: string): ClearSigned | undefined {
  const [, inner, armored] = framed.exec(text.replaceAll('\r\n', '\n')) ?? [];
  if (inner === undefined || armored === undefined) return undefined;
  const lines = inner.split('\n').map((line) => line.replace(/^- /, ''));
  const packet = packetsIn(armored).find(({ tag }) => tag === tags.signature);
  const read = packet && signatureIn(packet.content, lines);
  return { body: lines.join('\n'), isWhole: read && fits(read), signature: read?.signature };
}

export const tags = { signature: 2, key: 6, subkey: 14 } as const;

export interface Packet {
  readonly tag: number;
  readonly content: Buffer;
}

/** What stands between the lines of an armour, as far as its packets say how long they are (RFC 9580 §4.2, §6.2). */
export function packetsIn(armored: string): Packet[] {
  const base64 = armored.replace(/^[\s\S]*?\n\n/, '').replace(/^=[\w+/]{4}$/m, '');
  const found: Packet[] = [];
  let rest = Buffer.from(base64, 'base64');
  for (let next = packetAt(rest); next; next = packetAt(rest)) {
    found.push(next.packet);
    rest = rest.subarray(next.end);
  }
  return found;
}

/** In the old form or the new one; one of a length that comes in parts is not read. */
function packetAt(bytes: Buffer): { packet: Packet; end: number } | undefined {
  const [head = 0, first = 0, second = 0] = bytes;
  const [start, length] = (head & 0xc0) === 0xc0 ? newLength(bytes, first, second) : oldLength(bytes, head, first);
  const end = start + length;
  if ((head & 0x80) === 0 || length < 0 || end > bytes.length) return undefined;
  const tag = (head & 0x40) === 0x40 ? head & 0x3f : (head >> 2) & 0x0f;
  return { packet: { tag, content: bytes.subarray(start, end) }, end };
}

const unread: readonly [number, number] = [0, -1];

function newLength(bytes: Buffer, first: number, second: number): readonly [number, number] {
  if (first < 192) return [2, first];
  if (first < 224) return [3, (first - 192) * 256 + second + 192];
  return first === 255 && bytes.length > 6 ? [6, bytes.readUInt32BE(2)] : unread;
}

function oldLength(bytes: Buffer, head: number, first: number): readonly [number, number] {
  const kind = head & 3;
  if (kind === 0) return [2, first];
  if (kind === 1 && bytes.length > 3) return [3, bytes.readUInt16BE(1)];
  return kind === 2 && bytes.length > 5 ? [5, bytes.readUInt32BE(1)] : unread;
}

interface Read {
  readonly signature: Signature;
  readonly start: Buffer;
}

/** By their numbers in OpenPGP (RFC 9580 §9.5). */
const hashes: Readonly<Record<number, string>> = { 8: 'sha256', 9: 'sha384', 10: 'sha512', 11: 'sha224' };
const ofText = 1;

/** A signature of a text in version 4, which all programs of today write. */
function signatureIn(packet: Buffer, lines: readonly string[]): Read | undefined {
  const [version, kind, algorithm = 0, hashNumber = 0] = packet;
  const hash = hashes[hashNumber];
  if (!hash || packet.length < 10 || version !== 4 || kind !== ofText) return undefined;
  const end = 6 + packet.readUInt16BE(4);
  if (end + 2 > packet.length) return undefined;
  const at = end + 2 + packet.readUInt16BE(end);
  if (at + 2 > packet.length) return undefined;
  const content = contentOf(lines, packet.subarray(0, end));
  return {
    signature: { algorithm, hash, content, made: packet.subarray(at + 2) },
    start: packet.subarray(at, at + 2),
  };
}

/** Lines end with CR LF and without blanks, and after the last one there is nothing (RFC 9580 §5.2.4, §7.2). */
function contentOf(lines: readonly string[], signedPart: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(signedPart.length);
  const text = Buffer.from(lines.map((line) => line.replace(/[ \t]+$/, '')).join('\r\n'));
  return Buffer.concat([text, signedPart, Buffer.from([4, 0xff]), length]);
}

function fits({ signature: { hash, content }, start }: Read): boolean {
  return createHash(hash).update(content).digest().subarray(0, 2).equals(start);
}
