import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lexemesOf } from '../../../../src/features/knowledge/retrieval/analysis.js';
import {
  type Chunk,
  chunkSections,
  documentText,
  maxWords,
  prefixOf,
  type Section,
} from '../../../../src/features/knowledge/retrieval/chunking.js';
import { pick, seeded } from './random.js';

const words =
  'the vault of Dr. Frost holds 3.14 kg “gold”, e.g. coins; naïve café I saw Straße 漢字 rows | tabs\t'.split(' ');

function randomSections(random: () => number): Section[] {
  return Array.from({ length: 1 + Math.floor(random() * 6) }, (_, i) => ({
    headings: ['Manual', `Part ${Math.floor(i / 2)}`].slice(0, Math.floor(random() * 3)),
    ...(random() < 0.5 ? { page: i + 1 } : {}),
    text: Array.from({ length: Math.floor(random() * 900) }, () => pick(random, words) + ending(random)).join(' '),
  }));
}

function ending(random: () => number): string {
  const chance = random();
  if (chance < 0.08) return pick(random, ['.', '!', '?', '."', '。']);
  return chance < 0.11 ? pick(random, ['\n', '\n\n', '\n- ', '\r\n']) : '';
}

const isWord = /[\p{L}\p{N}]/u;

test('every chunk is a piece of the document text, at most 192 words long, and nothing is left out (KB-4)', () => {
  const random = seeded(11);
  for (let round = 0; round < 60; round++) {
    const sections = randomSections(random);
    const text = documentText(sections);
    const chunks = chunkSections('Manual', sections);
    const covered = new Uint8Array(text.length);
    for (const [i, chunk] of chunks.entries()) {
      assert.equal(chunk.ordinal, i);
      assert.equal(text.slice(chunk.start, chunk.end), chunk.text);
      assert.equal(chunk.text, chunk.text.trim());
      assert.ok(chunk.text.split(/\s+/).length <= maxWords, `${chunk.text.split(/\s+/).length} words`);
      covered.fill(1, chunk.start, chunk.end);
    }
    const bodies = sections.map((section) => documentText([{ headings: [], text: section.text }]));
    let at = 0;
    for (const body of bodies) {
      at = text.indexOf(body, at);
      for (let i = 0; i < body.length; i++) {
        if (isWord.test(body.charAt(i))) assert.equal(covered[at + i], 1, `lost: ${body.slice(i, i + 20)}`);
      }
      at += body.length;
    }
  }
});

test('a chunk never crosses a heading or a page (KB-4)', () => {
  const sections = [
    { headings: ['Leave', 'Holidays'], page: 1, text: 'Thirty days a year.' },
    { headings: ['Leave', 'Holidays'], page: 2, text: 'They end with the year.' },
    { headings: ['Leave', 'Illness'], page: 2, text: 'Call before nine.' },
  ];
  const chunks = chunkSections('Handbook', sections);
  assert.deepEqual(
    chunks.map(({ headings, page, text }) => ({ headings, page, text })),
    sections,
  );
  assert.equal(documentText(sections).split('Leave').length, 2, 'a heading is written once');
  assert.equal(prefixOf('Handbook', chunks[2] as Chunk), 'Handbook > Leave > Illness');
});

test('a section that had to be cut repeats up to 15 % of whole sentences, a section that fits repeats none (KB-4)', () => {
  const sentences = Array.from({ length: 60 }, (_, i) => `Sentence number ${i} has exactly eight words here.`);
  const chunks = chunkSections('Long', [{ headings: [], text: sentences.join(' ') }]);
  assert.ok(chunks.length > 2);
  for (let i = 1; i < chunks.length; i++) {
    const [before, now] = [chunks[i - 1] as Chunk, chunks[i] as Chunk];
    assert.ok(now.start < before.end, 'the chunks overlap');
    const shared = before.text.slice(now.start - before.start);
    assert.ok(shared.split(/\s+/).length <= 28);
    assert.match(shared, /^Sentence.*here\.$/s);
  }
  const short = chunkSections('Short', [
    { headings: ['A'], text: sentences.slice(0, 10).join(' ') },
    { headings: ['B'], text: sentences.slice(10, 20).join(' ') },
  ]);
  assert.equal(short.length, 2);
});

test('sentences end where a reader would say so (KB-4)', () => {
  const text =
    'Ask Dr. J. Frost, e.g. at 3.14 p.m. on Monday. He said "no." Then he left!\n- milk\n- bread\nand butter';
  const long = Array.from({ length: 12 }, () => text).join('\n\n');
  const starts = chunkSections('', [{ headings: [], text: long }]).map((chunk) => chunk.text.slice(0, 7));
  for (const start of starts) assert.match(start, /^(Ask Dr|He said|Then he|- milk|- bread)/);
});

test('tables, code and text without spaces are cut too (KB-4)', () => {
  const row = 'name | quantity | price';
  const table = chunkSections('', [{ headings: [], text: new Array(400).fill(row).join('\n') }]);
  assert.ok(table.length > 5);
  for (const { text } of table) assert.ok(text.startsWith('name') && text.endsWith('price'));
  const rows = chunkSections('', [{ headings: [], text: new Array(300).fill('Name: Frost; Stock: 12').join('\n') }]);
  for (const { text } of rows) assert.ok(text.startsWith('Name') && text.endsWith('12'));
  const code = chunkSections('', [{ headings: [], text: 'x'.repeat(20_000) }]);
  assert.ok(code.length > 4);
  const chinese = chunkSections('', [{ headings: [], text: '漢'.repeat(2000) }]);
  assert.ok(chinese.every(({ text }) => text.length <= maxWords * 2) && chinese.length > 4);
  const emoji = chunkSections('', [{ headings: [], text: '😀'.repeat(4000) }]);
  for (const { text } of emoji) assert.doesNotMatch(text, /\p{Cs}/u, 'no half of a pair');
});

test('what is invisible or could mislead is taken out of the text before offsets are counted (KB-4)', () => {
  const sections = [{ headings: ['A\u202eb'], text: 'one\u0000 \u202etwo\u200b\r\nthree\u00ad  \n\n\n\nfour' }];
  assert.equal(documentText(sections), 'Ab\n\none two\nthree\n\nfour');
  assert.deepEqual(chunkSections('', [{ headings: ['Empty'], text: ' \n ' }]), []);
});

test('a hostile text costs no more than its length (KB-5)', () => {
  const size = 150_000;
  const hostile = [' ', '.', 'a', '\n', '. ', 'a ', '\na', 'A: ', ', ', '"', '漢', '\u0301', 'x\n\n\n'];
  const started = performance.now();
  for (const unit of hostile) {
    const text = `start ${unit.repeat(size / unit.length)} end`;
    const chunks = chunkSections('', [{ headings: [], text }]);
    assert.ok(chunks.at(-1)?.text.endsWith('end'));
    for (const chunk of chunks) lexemesOf(chunk.text, 'english');
  }
  assert.ok(performance.now() - started < 20_000, 'two megabytes within twenty seconds on the slowest machine');
});
