import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FetchedPosting, scoreBm25 } from '../../../../src/features/knowledge/retrieval/bm25.js';
import { chunkSections } from '../../../../src/features/knowledge/retrieval/chunking.js';
import { postingsOf } from '../../../../src/features/knowledge/retrieval/postings.js';
import { pick, seeded } from './random.js';

const vocabulary = Array.from({ length: 40 }, (_, i) => `w${i}`);
const blind = (lexeme: string): Buffer => Buffer.from(lexeme.padEnd(6, '_').slice(0, 6));

function randomCollection(random: () => number) {
  const rows: FetchedPosting[] = [];
  const texts = new Map<string, string[]>();
  for (let d = 0; d < 12; d++) {
    const sections = Array.from({ length: 1 + Math.floor(random() * 5) }, (_, i) => ({
      headings: [`h${i}`],
      text: Array.from({ length: 1 + Math.floor(random() * 60) }, () => pick(random, vocabulary)).join(' '),
    }));
    const chunks = chunkSections('', sections);
    for (const chunk of chunks) {
      const [heading = ''] = chunk.headings;
      texts.set(`doc${d}:${chunk.ordinal}`, [heading, heading, ...chunk.text.split(' ')]);
    }
    for (const { tag, entries } of postingsOf('', chunks, blind).rows)
      rows.push({ tag, documentId: `doc${d}`, entries });
  }
  return { rows, texts };
}

/** The formula, word by word. */
function naive(texts: ReadonlyMap<string, string[]>, asked: readonly string[]): Map<string, number> {
  const lengths = [...texts.values()].map((terms) => terms.length);
  const average = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  const scores = new Map<string, number>();
  for (const [id, terms] of texts) {
    let score = 0;
    for (const term of asked) {
      const frequency = terms.filter((each) => each === term).length;
      const found = [...texts.values()].filter((each) => each.includes(term)).length;
      const idf = Math.log(1 + (texts.size - found + 0.5) / (found + 0.5));
      score += (idf * frequency * 2.2) / (frequency + 1.2 * (0.25 + (0.75 * terms.length) / average));
    }
    if (score > 0) scores.set(id, score);
  }
  return scores;
}

test('scores from packed postings are those of the BM25 formula (KB-4)', () => {
  const random = seeded(3);
  for (let round = 0; round < 10; round++) {
    const { rows, texts } = randomCollection(random);
    const asked = [...new Set(Array.from({ length: 4 }, () => pick(random, vocabulary)))];
    const fetched = rows.filter(({ tag }) => asked.some((term) => blind(term).equals(tag)));
    const total = [...texts.values()].reduce((sum, terms) => sum + terms.length, 0);
    const scores = scoreBm25(fetched, { chunkCount: texts.size, averageLength: total / texts.size });
    const expected = naive(texts, asked);
    for (const [id, score] of expected) {
      const [documentId = '', ordinal = ''] = id.split(':');
      assert.ok(Math.abs(scores.scoreOf(documentId, Number(ordinal)) - score) < 1e-9);
    }
    const best = [...expected.values()].sort((one, other) => other - one).slice(0, 10);
    const top = scores.top(10).map(({ score }) => score);
    assert.equal(top.length, Math.min(10, expected.size));
    for (const [i, score] of top.entries()) assert.ok(Math.abs(score - (best[i] ?? 0)) < 1e-9);
  }
});

test('without a match there is nothing, and a chunk without the words scores 0 (KB-4)', () => {
  const scores = scoreBm25([], { chunkCount: 0, averageLength: 0 });
  assert.deepEqual(scores.top(10), []);
  assert.equal(scores.scoreOf('nobody', 3), 0);
});

test('a word in more chunks than were counted never counts against a chunk (KB-4)', () => {
  const { rows } = postingsOf('', chunkSections('', [{ headings: [], text: 'w1 w2' }]), blind);
  const fetched = rows.map(({ tag, entries }) => ({ tag, entries, documentId: 'new' }));
  assert.ok(scoreBm25(fetched, { chunkCount: 0, averageLength: 2 }).scoreOf('new', 0) > 0);
});
