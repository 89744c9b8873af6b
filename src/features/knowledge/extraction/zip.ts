import { inflateRawSync } from 'node:zlib';
import { Invalid } from '../../../errors.js';
import type { Limits } from './limits.js';
import { decodeText } from './text-decoding.js';
import { type CentralEntry, centralEntries, damagedZip, tooMuchUnpacked } from './zip-directory.js';

/** A container whose sizes were checked as declared, and are checked again as each file is unpacked. Nothing is written. */
export interface Zip {
  readonly names: readonly string[];
  readonly sizeOf: (name: string) => number;
  /** undefined when there is no such file. */
  readonly read: (name: string) => Buffer | undefined;
  readonly readText: (name: string) => string | undefined;
}

export function openZip(bytes: Buffer, limits: Limits): Zip {
  const entries = centralEntries(bytes, limits.entries);
  refuseBombs([...entries.values()], limits);
  let unpacked = 0;
  const read = (name: string) => {
    const entry = entries.get(name);
    if (!entry) return undefined;
    unpacked += entry.size;
    if (unpacked > limits.unpackedBytes) throw new Invalid(tooMuchUnpacked);
    return unpack(bytes, entry);
  };
  const readText = (name: string) => {
    const content = read(name);
    return content && decodeText(content);
  };
  return { names: [...entries.keys()], sizeOf: (name) => entries.get(name)?.size ?? 0, read, readText };
}

function refuseBombs(entries: CentralEntry[], limits: Limits): void {
  const bomb = (size: number, packed: number) => size > limits.ratioFloorBytes && size > packed * limits.ratio;
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  const packed = entries.reduce((sum, entry) => sum + entry.packedSize, 0);
  if (size > limits.unpackedBytes || bomb(size, packed) || entries.some((entry) => bomb(entry.size, entry.packedSize)))
    throw new Invalid(tooMuchUnpacked);
}

/** A header that lies about its size is caught by zlib at the declared byte plus one, not after gigabytes. */
function unpack(bytes: Buffer, entry: CentralEntry): Buffer {
  const header = entry.offset;
  if (header + 30 > bytes.length || bytes.readUInt32LE(header) !== 0x04034b50) throw new Invalid(damagedZip);
  const start = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
  const packed = bytes.subarray(start, start + entry.packedSize);
  if (packed.length !== entry.packedSize) throw new Invalid(damagedZip);
  const content = entry.method === 0 ? packed : inflate(packed, entry.size);
  if (content.length !== entry.size) throw new Invalid(damagedZip);
  return content;
}

function inflate(packed: Buffer, size: number): Buffer {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    const oversize = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw new Invalid(oversize ? tooMuchUnpacked : damagedZip);
  }
}
