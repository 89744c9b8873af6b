import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bestSentences } from '../../../../src/features/knowledge/retrieval/passages.js';

const passages = [
  {
    text: 'Employees may work from home. Unused holidays expire on 31 March of the next year. Ask your manager for details.',
  },
  { text: 'The office closes at six. A holiday must be requested two weeks ahead in the portal.' },
];

test('the sentences that answer are quoted word for word with their place (KB-4)', () => {
  const [first] = bestSentences('When do unused holidays expire?', passages, 3);
  assert.equal(first?.text, 'Unused holidays expire on 31 March of the next year.');
  assert.equal(first?.passage, 0);
  assert.equal(passages[0]?.text.slice(first?.start, first?.end), first?.text);
});

test('a sentence that says something new of the question comes before one that repeats (KB-4)', () => {
  const repeated = [
    { text: 'Refunds are paid by bank transfer within a week. Refunds are paid by bank transfer every week.' },
    { text: 'Customers abroad wait longer for their money.' },
  ];
  const quotes = bestSentences('Are refunds for customers abroad paid by bank transfer?', repeated, 2);
  assert.deepEqual(
    quotes.map(({ passage }) => passage),
    [0, 1],
  );
});

test('nothing is quoted that shares no word with the question, and never more than asked for (KB-4)', () => {
  assert.deepEqual(bestSentences('zebra crossing', passages, 3), []);
  assert.deepEqual(bestSentences('', passages, 3), []);
  assert.deepEqual(bestSentences('holiday', [], 3), []);
  assert.equal(bestSentences('holiday office manager', passages, 2).length, 2);
});

test('a table or code is not quoted as if it were a sentence (KB-4)', () => {
  assert.deepEqual(bestSentences('holiday', [{ text: `holiday ${'x '.repeat(400)}` }, { text: 'Holidays' }], 3), []);
});
