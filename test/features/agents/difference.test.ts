import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineDifference } from '../../../src/features/agents/difference.js';

const signs = { same: ' ', added: '+', removed: '-' };
const shown = (before: string, after: string) =>
  lineDifference(before, after).map(({ kind, text }) => `${signs[kind]}${text}`);

test('lines that stay are kept together, what changed is shown as removed and added (AG-1)', () => {
  assert.deepEqual(shown('a\nb\nc', 'a\nx\nc'), [' a', '-b', '+x', ' c']);
  assert.deepEqual(shown('a\nb\nc\nd', 'b\nd\ne'), ['-a', ' b', '-c', ' d', '+e']);
  assert.deepEqual(shown('', 'a\nb'), ['+a', '+b']);
  assert.deepEqual(shown('a', ''), ['-a']);
  assert.deepEqual(shown('a\na\na', 'a\na'), [' a', ' a', '-a']);
  assert.deepEqual(shown('same', 'same'), [' same']);
});

test('any two texts can be rebuilt from their difference', () => {
  const words = ['x', 'y', 'z', ''];
  for (let seed = 1; seed < 200; seed += 1) {
    const text = (factor: number) =>
      Array.from({ length: (seed * factor) % 13 }, (_, index) => words[(seed * factor * (index + 3) + index) % 4]).join(
        '\n',
      );
    const [before, after] = [text(7), text(11)];
    const lines = lineDifference(before, after);
    const side = (other: string) => lines.filter(({ kind }) => kind !== other).map((line) => line.text);
    assert.equal(side('added').join('\n'), before);
    assert.equal(side('removed').join('\n'), after);
  }
});

test('huge texts without a common line are compared all the same', { timeout: 60_000 }, () => {
  const long = (word: string) => Array.from({ length: 10_000 }, (_, index) => `${word} ${index}`).join('\n');
  assert.equal(lineDifference(long('a'), long('b')).length, 20_000);
});
