import { Invalid } from '../../../errors.js';

export const damagedZip =
  'This file is damaged or incomplete. Open it in the program that made it, save it again and upload that.';
export const tooMuchUnpacked =
  'This file unpacks to far more than its size, so it was not read. Save it again without embedded media, or split it.';

/** One file of a ZIP container as its central directory declares it (PKWARE APPNOTE 4.3.12). */
export interface CentralEntry {
  readonly name: string;
  readonly method: number;
  readonly packedSize: number;
  readonly size: number;
  readonly offset: number;
}

const endSignature = 0x06054b50;
const endLength = 22;

/** Where the end record stands; undefined when the bytes do not end as a ZIP container does. */
export function endOfDirectory(bytes: Buffer): number | undefined {
  const earliest = Math.max(0, bytes.length - endLength - 0xffff);
  for (let at = bytes.length - endLength; at >= earliest; at -= 1) {
    // The comment must reach exactly to the last byte, so that nothing hides behind the container.
    if (bytes.readUInt32LE(at) === endSignature && at + endLength + bytes.readUInt16LE(at + 20) === bytes.length)
      return at;
  }
  return undefined;
}

export function centralEntries(bytes: Buffer, most: number): Map<string, CentralEntry> {
  const end = endOfDirectory(bytes);
  if (end === undefined) throw new Invalid(damagedZip);
  const count = bytes.readUInt16LE(end + 10);
  // 0xffff means ZIP64: more entries than any document has.
  if (count > most || count === 0xffff) throw new Invalid(tooMuchUnpacked);
  const entries = new Map<string, CentralEntry>();
  let at = bytes.readUInt32LE(end + 16);
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > end || bytes.readUInt32LE(at) !== 0x02014b50) throw new Invalid(damagedZip);
    const entry = entryAt(bytes, at);
    // Two files of one name: programs differ in which of them they show.
    if (entries.has(entry.name)) throw new Invalid(damagedZip);
    entries.set(entry.name, entry);
    at += 46 + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries;
}

function entryAt(bytes: Buffer, at: number): CentralEntry {
  const [flags, method] = [bytes.readUInt16LE(at + 8), bytes.readUInt16LE(at + 10)];
  if (flags & 1) throw new Invalid('This file is locked with a password. Save a copy without one and upload that.');
  if (method !== 0 && method !== 8) throw new Invalid(damagedZip);
  const nameEnd = at + 46 + bytes.readUInt16LE(at + 28);
  const name = bytes.toString('utf8', at + 46, nameEnd).replace(/\\/gu, '/');
  const extra = bytes.subarray(nameEnd, nameEnd + bytes.readUInt16LE(at + 30));
  const [size, packedSize, offset] = withZip64(extra, [
    bytes.readUInt32LE(at + 24),
    bytes.readUInt32LE(at + 20),
    bytes.readUInt32LE(at + 42),
  ]);
  return { name, method, packedSize, size, offset };
}

/** Some writers put 64-bit sizes in the extra field (id 1) even where 32 bits would do; full 32-bit fields say so. */
function withZip64(extra: Buffer, sizes: [number, number, number]): [number, number, number] {
  if (!sizes.includes(0xffffffff)) return sizes;
  let at = 0;
  while (at + 4 <= extra.length && extra.readUInt16LE(at) !== 1) at += 4 + extra.readUInt16LE(at + 2);
  at += 4;
  const next = (size: number) => {
    if (size !== 0xffffffff) return size;
    if (at + 8 > extra.length) throw new Invalid(damagedZip);
    at += 8;
    return Number(extra.readBigUInt64LE(at - 8));
  };
  return [next(sizes[0]), next(sizes[1]), next(sizes[2])];
}
