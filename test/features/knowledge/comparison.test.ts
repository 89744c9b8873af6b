import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGood } from '../../../src/features/knowledge/search/confidence.js';
import { comparePassages } from '../../../src/features/knowledge/versions/comparison.js';
import { wordDifference } from '../../../src/features/knowledge/versions/shown.js';

const under = (heading: string, text: string) => ({ headings: [heading], text });

test('a new text is told apart into passages that stay, go, come and change (KB-6)', () => {
  const before = [
    under('Dogs', 'Dogs may ride along.'),
    under('Bicycles', 'Only folded bicycles may be taken on board of the train.'),
    under('Smoking', 'Nobody smokes.'),
  ];
  const after = [
    under('Dogs', 'Dogs may ride along.'),
    under('Bicycles', 'Only folded bicycles may be taken on board of the bus.'),
    under('Luggage', 'Two suitcases are free.'),
  ];
  const { changes, ...counts } = comparePassages(before, after);
  assert.deepEqual(counts, { same: 1, added: 1, removed: 1, changed: 1 });
  assert.deepEqual(
    changes.map(({ kind, headings }) => `${kind} ${headings[0]}`),
    ['changed Bicycles', 'removed Smoking', 'added Luggage'],
  );
  assert.deepEqual(wordDifference(changes[0]?.before ?? '', changes[0]?.after ?? ''), [
    { kind: 'same', text: 'Only folded bicycles may be taken on board of the' },
    { kind: 'removed', text: 'train.' },
    { kind: 'added', text: 'bus.' },
  ]);
});

test('a passage that moved is the same, one under another heading changed, and a twin counts once (KB-6)', () => {
  const [one, two] = [under('A', 'The first of them.'), under('B', 'And another one.')];
  assert.deepEqual(
    { ...comparePassages([one, two], [two, one]), changes: 0 },
    { same: 2, added: 0, removed: 0, changed: 0, changes: 0 },
  );
  const moved = comparePassages([one], [under('C', one.text)]);
  assert.deepEqual([moved.changed, moved.same, moved.changes[0]?.headings], [1, 0, ['C']]);
  const twins = comparePassages([one, one], [one]);
  assert.deepEqual([twins.same, twins.removed], [1, 1]);
});

test('two texts of a thousand passages without a common word are compared in no time, and not all is kept', () => {
  const text = (word: string) => Array.from({ length: 1000 }, (_, index) => under('X', `${word}${index}`));
  const began = performance.now();
  const { changes, ...counts } = comparePassages(text('old'), text('new'));
  assert.deepEqual(counts, { same: 0, added: 1000, removed: 1000, changed: 0 });
  assert.equal(changes.length, 200);
  assert.ok(performance.now() - began < 2000);
});

test('a question is met when a passage holds half of what it asks for, or is near in meaning', () => {
  assert.equal(isGood({ coverage: 0.6, cosine: undefined }), true);
  assert.equal(isGood({ coverage: 0.3, cosine: 0.4 }), true);
  assert.equal(isGood({ coverage: 0, cosine: 0.5 }), true);
  assert.equal(isGood({ coverage: 0.4, cosine: undefined }), false);
  assert.equal(isGood({ coverage: 0.2, cosine: 0.4 }), false);
  assert.equal(isGood({ coverage: 0, cosine: undefined }), false);
});
