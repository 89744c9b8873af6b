import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VectorIndex } from '../../../../src/features/knowledge/retrieval/vector-index.js';
import { packVectors, strideOf, unpackVectors } from '../../../../src/features/knowledge/retrieval/vectors.js';
import { pick, randomVector, seeded } from './random.js';

function cosine(one: Float32Array, other: Float32Array): number {
  let dot = 0;
  for (const [k, value] of one.entries()) dot += value * (other[k] ?? 0);
  return dot / Math.hypot(...one) / Math.hypot(...other);
}

/** Documents of 1 to 20 vectors, in both kernels' indexes and as they were. */
function randomIndexes(random: () => number, dimensions: number) {
  const simd = new VectorIndex(dimensions);
  const plain = new VectorIndex(dimensions, { simd: false });
  const vectors = new Map<string, Float32Array[]>();
  for (let d = 0; d < 15; d++) {
    const some = Array.from({ length: 1 + Math.floor(random() * 20) }, () => randomVector(random, dimensions));
    vectors.set(`doc${d}`, some);
    simd.set(`doc${d}`, packVectors(some));
    plain.set(`doc${d}`, packVectors(some));
  }
  return { simd, plain, vectors };
}

test('vectors come back from their packed form nearly as they were, with length one (KB-4)', () => {
  const random = seeded(1);
  for (const dimensions of [3, 16, 100, 512]) {
    const vectors = Array.from({ length: 5 }, () => randomVector(random, dimensions));
    const packed = packVectors(vectors);
    assert.equal(packed.length, 5 * strideOf(dimensions));
    for (const [i, vector] of unpackVectors(packed, dimensions).entries()) {
      assert.ok(cosine(vector, vectors[i] as Float32Array) > 0.9995);
      assert.ok(Math.abs(Math.hypot(...vector) - 1) < 0.01);
    }
  }
  assert.equal(packVectors([]).length, 0);
  assert.deepEqual([...(unpackVectors(packVectors([new Float32Array(4)]), 4)[0] ?? [])], [0, 0, 0, 0]);
  assert.throws(() => unpackVectors(Buffer.alloc(7), 16), /no vectors/);
  assert.throws(() => packVectors([new Float32Array(4), new Float32Array(5)]), /one embedder/);
});

test('the SIMD scan answers what the scan in JavaScript answers, and both what the vectors say (KB-4)', () => {
  const random = seeded(2);
  for (const dimensions of [5, 16, 24, 512, 1536]) {
    const { simd, plain, vectors } = randomIndexes(random, dimensions);
    const query = randomVector(random, dimensions);
    const hits = simd.scan(query, 15);
    assert.deepEqual(hits, plain.scan(query, 15));
    for (const { documentId, ordinal, cosine: found } of hits) {
      assert.ok(Math.abs(found - cosine(query, vectors.get(documentId)?.[ordinal] as Float32Array)) < 0.01);
      assert.equal(found, simd.cosineOf(documentId, ordinal, query));
    }
    const exact = [...vectors.values()].flat().map((vector) => cosine(query, vector));
    assert.ok(Math.abs((hits[0]?.cosine ?? 0) - Math.max(...exact)) < 0.01);
  }
});

test('the largest values cannot overflow the sums (KB-4)', () => {
  for (const dimensions of [512, 4096]) {
    const ones = new Float32Array(dimensions).fill(1);
    const index = new VectorIndex(dimensions);
    index.set('same', packVectors([ones]));
    index.set('opposite', packVectors([ones.map((value) => -value)]));
    assert.deepEqual(
      index.scan(ones, 2).map((hit) => [hit.documentId, Math.round(hit.cosine * 1000)]),
      [
        ['same', 1000],
        ['opposite', -1000],
      ],
    );
  }
});

test('documents can be replaced, removed and left out, and memory is given back (KB-6)', () => {
  const random = seeded(4);
  const index = new VectorIndex(64);
  const kept = new Map<string, Float32Array[]>();
  const pool = Array.from({ length: 500 }, () => randomVector(random, 64));
  for (let step = 0; step < 1000; step++) {
    const id = `doc${Math.floor(random() * 60)}`;
    if (random() < 0.4) {
      index.remove(id);
      kept.delete(id);
    } else {
      const vectors = Array.from({ length: 1 + Math.floor(random() * 200) }, () => pick(random, pool));
      index.set(id, packVectors(vectors));
      kept.set(id, vectors);
    }
  }
  const query = randomVector(random, 64);
  const all = index.scan(query, 10_000);
  assert.equal(all.length, [...kept.values()].flat().length);
  for (const { documentId, ordinal, cosine: found } of all) {
    assert.ok(Math.abs(found - cosine(query, kept.get(documentId)?.[ordinal] as Float32Array)) < 0.02);
  }
  const allowed = new Set([...kept.keys()].slice(0, 3));
  assert.ok(index.scan(query, 10_000, allowed).every(({ documentId }) => allowed.has(documentId)));
  assert.deepEqual(index.scan(query, 10, new Set()), []);
  assert.equal(index.cosineOf('nobody', 0, query), undefined);
  assert.equal(index.cosineOf([...kept.keys()][0] ?? '', 5000, query), undefined);
  const before = index.bytes;
  for (const id of kept.keys()) index.remove(id);
  assert.ok(index.bytes < before / 2, `${before} bytes before, ${index.bytes} after`);
  assert.deepEqual(index.scan(query, 10), []);
});

test('a query or vectors of another embedder are refused (KB-4)', () => {
  const index = new VectorIndex(512);
  assert.throws(() => index.scan(new Float32Array(384), 10), /384 dimensions/);
  assert.throws(() => index.set('other', packVectors([new Float32Array(384).fill(1)])), /512 dimensions/);
});
