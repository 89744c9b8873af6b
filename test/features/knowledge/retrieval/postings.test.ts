import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { lexemesOf } from '../../../../src/features/knowledge/retrieval/analysis.js';
import { type Chunk, chunkSections } from '../../../../src/features/knowledge/retrieval/chunking.js';
import { postingsOf, unpackEntries } from '../../../../src/features/knowledge/retrieval/postings.js';
import { rememberTags } from '../../../../src/features/knowledge/retrieval/tags.js';
import { pick, seeded } from './random.js';

const blind = (lexeme: string): Buffer => createHmac('sha256', 'key').update(lexeme).digest().subarray(0, 6);
const vocabulary =
  'vault key tenant seal audit agent invoice refund travel expense policy holiday illness notice'.split(' ');

function randomChunks(random: () => number): Chunk[] {
  const sections = Array.from({ length: 1 + Math.floor(random() * 9) }, (_, i) => ({
    headings: [`Part ${pick(random, vocabulary)}`],
    text: Array.from({ length: 1 + Math.floor(random() * 300) }, () => pick(random, vocabulary)).join(' ') + i,
  }));
  return chunkSections('Travel policy', sections);
}

test('postings say for each lexeme in which chunks it is, how often, and how long these are (KB-4, KB-7)', () => {
  const random = seeded(5);
  for (let round = 0; round < 30; round++) {
    const chunks = randomChunks(random);
    const { rows, termTotal } = postingsOf('Travel policy', chunks, blind);
    const terms = chunks.map(({ headings, text }) => {
      const head = lexemesOf(`Travel policy ${headings.join(' ')}`, 'english');
      return [...head, ...head, ...lexemesOf(text, 'english')];
    });
    assert.equal(termTotal, terms.flat().length);
    const expected = new Map<string, { ordinal: number; frequency: number; length: number }[]>();
    for (const [ordinal, all] of terms.entries()) {
      for (const lexeme of new Set(all)) {
        const tag = blind(lexeme).toString('hex');
        const frequency = all.filter((each) => each === lexeme).length;
        expected.set(tag, [...(expected.get(tag) ?? []), { ordinal, frequency, length: all.length }]);
      }
    }
    assert.deepEqual(new Map(rows.map(({ tag, entries }) => [tag.toString('hex'), unpackEntries(entries)])), expected);
  }
});

test('entries are eight bytes, little-endian, as the table promises (KB-7)', () => {
  const chunk = { ordinal: 0x01020304, headings: [], text: 'vault vault vault', start: 0, end: 17 };
  const [row] = postingsOf('', [chunk], blind).rows;
  assert.equal(row?.entries.toString('hex'), '0403020103000300');
  assert.throws(() => unpackEntries(Buffer.alloc(12)), /cut short/);
});

test('counts beyond sixteen bits are written as the largest that fits (KB-7)', () => {
  const chunk = { ordinal: 0, headings: [], text: 'vault '.repeat(70_000), start: 0, end: 420_000 };
  const [row] = postingsOf('', [chunk], blind).rows;
  assert.deepEqual(unpackEntries(row?.entries ?? Buffer.alloc(0)), [{ ordinal: 0, frequency: 65535, length: 65535 }]);
});

test('lexemes with the same tag share one row, because the table takes one (KB-7)', () => {
  const chunks = chunkSections('', [
    { headings: [], text: 'vault key' },
    { headings: ['x'], text: 'key' },
  ]);
  const { rows } = postingsOf('', chunks, () => Buffer.from('sametg'));
  assert.equal(rows.length, 1);
  assert.deepEqual(unpackEntries(rows[0]?.entries ?? Buffer.alloc(0)), [
    { ordinal: 0, frequency: 2, length: 2 },
    { ordinal: 1, frequency: 3, length: 3 },
  ]);
});

test('each lexeme is blinded once for a document, and once for a tenant whose tags are remembered (KB-7)', () => {
  const asked: string[] = [];
  const counting = (lexeme: string): Buffer => {
    asked.push(lexeme);
    return blind(lexeme);
  };
  const chunks = chunkSections('', [{ headings: [], text: 'vault key vault vault' }]);
  const { rows } = postingsOf('', chunks, counting);
  assert.deepEqual(asked, ['vault', 'key']);
  const remembered = rememberTags(counting, 2);
  for (let i = 0; i < 3; i++) assert.deepEqual(postingsOf('', chunks, remembered).rows, rows);
  assert.equal(asked.length, 4);
  remembered('third');
  remembered('vault');
  assert.equal(asked.length, 6, 'the memory is bounded');
});
