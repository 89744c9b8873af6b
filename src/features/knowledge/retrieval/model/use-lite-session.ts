import { availableParallelism } from 'node:os';
import type { InferenceSession } from 'onnxruntime-node';
import { discardModelFile, modelFile } from './file.js';
import { tokenizer } from './tokenizer.js';
import { dimensions } from './use-lite.js';
import { readVocabulary } from './weights.js';
import { windowsOf } from './windows.js';

/** Windows of one run. More are no faster, take more memory and keep a waiting question longer. */
const batch = 4;

export interface EmbedText {
  readonly prefix: string;
  readonly text: string;
}

/** Vectors of the texts, one behind the other. `between` is awaited between runs, so that others get their turn. */
export type Embed = (texts: readonly EmbedText[], between?: () => Promise<void>) => Promise<Float32Array>;

/** Loads the model. Throws when onnxruntime has no binary for this machine, or the model's package is missing. */
export async function openUseLite(folder: string): Promise<Embed> {
  // Loaded here, so that a machine without a binary is told by a rejection.
  const runtime = await import('onnxruntime-node');
  const session = await openSession(runtime, folder);
  const tokens = tokenizer(readVocabulary());

  return async function embed(texts, between) {
    const windows = texts.flatMap(({ prefix, text }, owner) =>
      windowsOf(tokens, prefix, text).map((pieces) => ({ owner, pieces })),
    );
    // Windows of one length need no filling up.
    windows.sort((one, other) => one.pieces.length - other.pieces.length);
    const sums = new Float32Array(texts.length * dimensions);
    for (let first = 0; first < windows.length; first += batch) {
      const some = windows.slice(first, first + batch);
      const { ids, shape } = filledUp(some.map(({ pieces }) => pieces));
      const { vectors } = await session.run({ pieces: new runtime.Tensor('int32', ids, shape) });
      if (!(vectors?.data instanceof Float32Array)) throw new Error('The embedding model answered no vectors');
      for (const [i, { owner }] of some.entries()) addVector(sums, owner, vectors.data, i);
      await between?.();
    }
    for (let owner = 0; owner < texts.length; owner++) normalise(sums, owner);
    return sums;
  };
}

type Runtime = typeof import('onnxruntime-node');

async function openSession({ InferenceSession }: Runtime, folder: string): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    // One core is left to the server that asks.
    intraOpNumThreads: Math.min(4, Math.max(1, availableParallelism() - 1)),
    interOpNumThreads: 1,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
  try {
    return await InferenceSession.create(modelFile(folder), options);
  } catch {
    // The file may be damaged: convert once more.
    discardModelFile(folder);
    return InferenceSession.create(modelFile(folder), options);
  }
}

/** One row a window, filled up with -1. */
function filledUp(windows: readonly (readonly number[])[]): { ids: Int32Array; shape: [number, number] } {
  const length = Math.max(1, ...windows.map((pieces) => pieces.length));
  const ids = new Int32Array(windows.length * length).fill(-1);
  for (const [i, pieces] of windows.entries()) ids.set(pieces, i * length);
  return { ids, shape: [windows.length, length] };
}

/** Position `to` of the sums += vector `from`. */
function addVector(sums: Float32Array, to: number, vectors: Float32Array, from: number): void {
  for (let k = 0; k < dimensions; k++) {
    sums[to * dimensions + k] = (sums[to * dimensions + k] ?? 0) + (vectors[from * dimensions + k] ?? 0);
  }
}

function normalise(sums: Float32Array, position: number): void {
  const vector = sums.subarray(position * dimensions, (position + 1) * dimensions);
  const length = Math.hypot(...vector) || 1;
  for (let k = 0; k < dimensions; k++) vector[k] = (vector[k] ?? 0) / length;
}
