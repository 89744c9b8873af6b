import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differenceOf } from '../../../src/features/pages/versions/difference.js';

test('of long texts only what changed is shown, with a little around it (AG-11)', () => {
  const lines = Array.from({ length: 30 }, (_, n) => `line ${n + 1}`);
  const before = { title: 'Same', body: lines.join('\n') };
  const after = { title: 'Same', body: lines.map((line) => (line === 'line 15' ? 'another' : line)).join('\n') };
  const [change, ...others] = differenceOf(before, after);
  assert.deepEqual([change?.label, others], ['Text', []]);
  const shown = change?.lines.map((line) =>
    line.kind === 'skipped' ? `(${line.count})` : `${line.kind} ${line.text}`,
  );
  assert.deepEqual(shown, [
    '(11)',
    ...['same line 12', 'same line 13', 'same line 14', 'removed line 15', 'added another'],
    ...['same line 16', 'same line 17', 'same line 18', '(12)'],
  ]);
});

test('texts that say the same have no difference, and a new title is one (AG-11)', () => {
  assert.deepEqual(differenceOf({ title: 'A', body: 'x' }, { title: 'A', body: 'x' }), []);
  assert.deepEqual(
    differenceOf({ title: 'A', body: 'x' }, { title: 'B', body: 'x' }).map(({ label }) => label),
    ['Title'],
  );
});
