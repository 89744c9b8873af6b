import { Arena } from './arena.js';
import type { DenseHit } from './fusion.js';
import { type Kernel, plainKernel, simdKernel } from './kernel.js';
import { topList } from './top-list.js';
import { largestOf, normalised, strideOf, widthOf } from './vectors.js';

/** Vectors scored in one call of the kernel: their results stay in the first-level cache. */
const batch = 1024;

export interface VectorIndexOptions {
  /** False takes the kernel in JavaScript, as where there is no SIMD. */
  readonly simd?: boolean;
}

interface Prepared {
  readonly query: Float32Array;
  readonly memory: WebAssembly.Memory;
  readonly kernel: Kernel;
  /** What one step of the whole-number query is worth. */
  readonly step: number;
}

/** One tenant's vectors of one embedder in memory, scanned exactly. About 516 bytes a chunk at 512 dimensions. */
export class VectorIndex {
  readonly dimensions: number;
  readonly #simd: boolean;
  readonly #width: number;
  readonly #stride: number;
  /** In the head of the memory: the query from 0, then the results of a batch. */
  readonly #results: number;
  readonly #arena: Arena;
  #prepared: Prepared | undefined;

  constructor(dimensions: number, { simd = true }: VectorIndexOptions = {}) {
    this.dimensions = dimensions;
    this.#simd = simd;
    this.#width = widthOf(dimensions);
    this.#stride = strideOf(dimensions);
    this.#results = this.#width * 2;
    this.#arena = new Arena(this.#results + batch * 4);
  }

  /** Memory in use. */
  get bytes(): number {
    return this.#arena.memory.buffer.byteLength;
  }

  has(documentId: string): boolean {
    return this.#arena.segments.has(documentId);
  }

  /** Takes a document's packed vectors, in place of those it had. Throws when they are not of these dimensions. */
  set(documentId: string, packed: Uint8Array): void {
    if (packed.length % this.#stride !== 0) {
      throw new Error(`${packed.length} bytes are no vectors of ${this.dimensions} dimensions`);
    }
    this.#arena.set(documentId, packed);
  }

  remove(documentId: string): void {
    this.#arena.remove(documentId);
  }

  /** The nearest chunks, best first, of all documents or of the allowed ones. */
  scan(query: Float32Array, count: number, allowed?: ReadonlySet<string>): DenseHit[] {
    const { kernel, memory, step } = this.#prepare(query);
    const results = new Float32Array(memory.buffer, this.#results, batch);
    const nearest = topList<{ documentId: string; ordinal: number }>(count);
    for (const [documentId, { offset, length }] of this.#arena.segments) {
      if (allowed && !allowed.has(documentId)) continue;
      const vectors = length / this.#stride;
      for (let first = 0; first < vectors; first += batch) {
        const some = Math.min(batch, vectors - first);
        kernel(offset + first * this.#stride, 0, this.#results, some, this.#width);
        for (let i = 0; i < some; i++) {
          const score = results[i] ?? 0;
          if (score > nearest.threshold()) nearest.offer(score, { documentId, ordinal: first + i });
        }
      }
    }
    return nearest.sorted().map(({ item, score }) => ({ ...item, cosine: score * step }));
  }

  /** Undefined for a chunk without a vector. */
  cosineOf(documentId: string, ordinal: number, query: Float32Array): number | undefined {
    const segment = this.#arena.segments.get(documentId);
    if (!segment || (ordinal + 1) * this.#stride > segment.length) return undefined;
    const { kernel, memory, step } = this.#prepare(query);
    kernel(segment.offset + ordinal * this.#stride, 0, this.#results, 1, this.#width);
    return (new Float32Array(memory.buffer, this.#results, 1)[0] ?? 0) * step;
  }

  /** Writes the query as int16. The last one is kept, for the many calls of cosineOf. */
  #prepare(query: Float32Array): Prepared {
    const { memory } = this.#arena;
    if (this.#prepared?.query === query && this.#prepared.memory === memory) return this.#prepared;
    if (query.length !== this.dimensions) {
      throw new Error(`A query of ${query.length} dimensions, vectors of ${this.dimensions}`);
    }
    const unit = normalised(query);
    // The largest factor for which the int32 sums of the kernel cannot overflow.
    const finest = Math.min(32767, Math.floor(0x7fffffff / (127 * this.#width)));
    const step = largestOf(unit) / finest || 1;
    const factors = new Int16Array(memory.buffer, 0, this.#width).fill(0);
    for (let k = 0; k < unit.length; k++) factors[k] = Math.round((unit[k] ?? 0) / step);
    const sameMemory = this.#prepared?.memory === memory ? this.#prepared.kernel : undefined;
    const kernel = sameMemory ?? (this.#simd ? simdKernel(memory) : undefined) ?? plainKernel(memory);
    this.#prepared = { query, memory, kernel, step };
    return this.#prepared;
  }
}
