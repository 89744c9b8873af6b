const pageBytes = 65536;
/** Memory grows by this factor, so that many small documents do not each grow it. */
const headroom = 1.2;

export interface Segment {
  readonly offset: number;
  readonly length: number;
}

/**
 * Segments of bytes in one WebAssembly memory, behind a head of fixed size. A memory can grow but never shrink: when too
 * much of it is waste the segments move to a new one, so ask for offsets and memory each time.
 */
export class Arena {
  readonly #headBytes: number;
  #memory: WebAssembly.Memory;
  #segments = new Map<string, Segment>();
  #top: number;
  #wasted = 0;

  constructor(headBytes: number) {
    this.#headBytes = headBytes;
    this.#top = headBytes;
    this.#memory = memoryFor(headBytes);
  }

  get memory(): WebAssembly.Memory {
    return this.#memory;
  }

  get segments(): ReadonlyMap<string, Segment> {
    return this.#segments;
  }

  set(id: string, content: Uint8Array): void {
    this.remove(id);
    const size = this.#memory.buffer.byteLength;
    const missing = this.#top + content.length - size;
    if (missing > 0 && this.#wasted > this.#used() / 4) this.#move(content.length);
    else if (missing > 0) this.#memory.grow(pagesFor(missing + size * (headroom - 1)));
    new Uint8Array(this.#memory.buffer).set(content, this.#top);
    this.#segments.set(id, { offset: this.#top, length: content.length });
    this.#top += content.length;
  }

  remove(id: string): void {
    const segment = this.#segments.get(id);
    if (!segment) return;
    this.#segments.delete(id);
    this.#wasted += segment.length;
    if (this.#wasted > pageBytes && this.#wasted > this.#used() / 2) this.#move(0);
  }

  /** Bytes of segments, live or not. */
  #used(): number {
    return this.#top - this.#headBytes;
  }

  #move(extra: number): void {
    const from = new Uint8Array(this.#memory.buffer);
    this.#memory = memoryFor((this.#top - this.#wasted + extra) * headroom);
    const to = new Uint8Array(this.#memory.buffer);
    this.#top = this.#headBytes;
    this.#wasted = 0;
    for (const [id, { offset, length }] of this.#segments) {
      to.set(from.subarray(offset, offset + length), this.#top);
      this.#segments.set(id, { offset: this.#top, length });
      this.#top += length;
    }
  }
}

const pagesFor = (bytes: number): number => Math.ceil(bytes / pageBytes);
const memoryFor = (bytes: number): WebAssembly.Memory => new WebAssembly.Memory({ initial: pagesFor(bytes) });
