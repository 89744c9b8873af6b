import { createHash } from 'node:crypto';
import { Zip, ZipDeflate } from 'fflate';
import { partBytes } from './export.js';

interface Entry {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Archive {
  /** One file; its text comes in pieces, and no more than one part of the archive lies in memory. */
  add(path: string, pieces: AsyncIterable<string> | Iterable<string>): Promise<void>;
  /** What was added so far. */
  entries(): readonly Entry[];
  end(): Promise<{ byteSize: number; digest: Buffer }>;
}

/** A zip that is handed on part by part, in order, as it grows. */
export function newArchive(keep: (ordinal: number, part: Buffer) => Promise<void>): Archive {
  const entries: Entry[] = [];
  const parts = newParts(keep);
  let failure: Error | undefined;
  const zip = new Zip((error, chunk) => {
    failure ??= error ?? undefined;
    if (chunk) parts.push(chunk);
  });
  const flush = async (least: number) => {
    if (failure) throw failure;
    await parts.flush(least);
  };
  return {
    entries: () => entries,
    async add(path, pieces) {
      const file = new ZipDeflate(path, { level: 6 });
      zip.add(file);
      const digest = createHash('sha256');
      let bytes = 0;
      for await (const piece of pieces) {
        const data = Buffer.from(piece);
        digest.update(data);
        bytes += data.length;
        file.push(data);
        await flush(partBytes);
      }
      file.push(new Uint8Array(0), true);
      await flush(partBytes);
      entries.push({ path, bytes, sha256: digest.digest('hex') });
    },
    async end() {
      zip.end();
      await flush(0);
      return parts.end();
    },
  };
}

/** What the zip has become so far, cut into parts; `whole` is the digest over all of them. */
function newParts(keep: (ordinal: number, part: Buffer) => Promise<void>) {
  const whole = createHash('sha256');
  let waiting: Uint8Array[] = [];
  let [waitingBytes, byteSize, ordinal] = [0, 0, 0];
  return {
    push(chunk: Uint8Array) {
      waiting.push(chunk);
      waitingBytes += chunk.length;
    },
    /** Hands on what waits when it is at least so many bytes. */
    async flush(least: number) {
      if (waitingBytes === 0 || waitingBytes < least) return;
      const part = Buffer.concat(waiting);
      [waiting, waitingBytes] = [[], 0];
      whole.update(part);
      byteSize += part.length;
      await keep(ordinal, part);
      ordinal += 1;
    },
    end: () => ({ byteSize, digest: whole.digest() }),
  };
}
