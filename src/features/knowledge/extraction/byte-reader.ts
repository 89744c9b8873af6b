import type { Readable } from 'node:stream';

/** Reads a stream as lines and as runs of a known number of bytes. */
export interface ByteReader {
  /** Without its newline; undefined at the end of the stream. */
  readonly line: () => Promise<string | undefined>;
  readonly bytes: (count: number) => Promise<Buffer>;
}

export function makeByteReader(stream: Readable): ByteReader {
  const chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);

  const more = async () => {
    const { value, done } = await chunks.next();
    if (!done) rest = value;
    return !done;
  };
  return {
    async line() {
      const parts: Buffer[] = [];
      for (;;) {
        const end = rest.indexOf(10);
        parts.push(end < 0 ? rest : rest.subarray(0, end));
        rest = end < 0 ? Buffer.alloc(0) : rest.subarray(end + 1);
        if (end >= 0) return Buffer.concat(parts).toString();
        if (!(await more())) return undefined;
      }
    },
    async bytes(count) {
      const whole = Buffer.alloc(count);
      let at = 0;
      while (at < count) {
        if (rest.length === 0 && !(await more())) throw new Error('The stream ended inside a file');
        const copied = rest.copy(whole, at, 0, Math.min(rest.length, count - at));
        rest = rest.subarray(copied);
        at += copied;
      }
      return whole;
    },
  };
}
