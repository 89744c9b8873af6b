import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LexicalScores } from '../../../../src/features/knowledge/retrieval/bm25.js';
import { fuse } from '../../../../src/features/knowledge/retrieval/fusion.js';

function lexical(scores: Record<string, number>): LexicalScores {
  return {
    top: (count) =>
      Object.entries(scores)
        .map(([documentId, score]) => ({ documentId, ordinal: 0, score }))
        .sort((one, other) => other.score - one.score)
        .slice(0, count),
    scoreOf: (documentId) => scores[documentId] ?? 0,
  };
}

function dense(cosines: Record<string, number>, found: string[]) {
  return {
    top: found.map((documentId) => ({ documentId, ordinal: 0, cosine: cosines[documentId] ?? 0 })),
    cosineOf: (documentId: string) => cosines[documentId],
  };
}

const order = (hits: readonly { documentId: string }[]): string[] => hits.map(({ documentId }) => documentId);

test('both sides count for every candidate, also where only one side found it (KB-4)', () => {
  const words = lexical({ both: 8, words: 10, weak: 1 });
  const hits = fuse(words, dense({ both: 0.7, words: 0.1, meaning: 0.75, weak: 0.2 }, ['meaning', 'both']), 10);
  assert.deepEqual(order(hits), ['both', 'words', 'meaning', 'weak']);
  assert.deepEqual(hits[0], { documentId: 'both', ordinal: 0, score: 0.8 + 0.7, lexical: 8, cosine: 0.7 });
  assert.equal(hits[1]?.score, 1.1, 'the cosine was computed for what only words found');
});

test('without vectors the order is that of BM25 alone (KB-4)', () => {
  const hits = fuse(lexical({ a: 1, b: 3, c: 2 }), undefined, 2);
  assert.deepEqual(order(hits), ['b', 'c']);
  assert.ok(hits.every((hit) => !('cosine' in hit)));
});

test('a document without vectors yet is found by its words (KB-4)', () => {
  const hits = fuse(lexical({ fresh: 5, old: 4 }), dense({ old: 0.1 }, ['old']), 10);
  assert.deepEqual(order(hits), ['fresh', 'old']);
});

test('where no word is shared, meaning alone decides (KB-4)', () => {
  assert.deepEqual(order(fuse(lexical({}), dense({ near: 0.6, far: 0.2 }, ['near', 'far']), 10)), ['near', 'far']);
  assert.deepEqual(fuse(lexical({}), undefined, 10), []);
});
