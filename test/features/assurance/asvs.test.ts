import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asvsRows, isGreen, numbersIn, standingOf } from './asvs.js';

test('every requirement of ASVS that is not green says why, and no other does (GV-3)', () => {
  const rows = asvsRows();
  assert.equal(rows.length, 253);
  const silent = rows.filter((row) => !isGreen(row) && row.standing !== 'does not apply' && !row.lacks);
  assert.deepEqual(
    silent.map(({ id, standing }) => `${id} ${standing}`),
    [],
  );
  const outdated = rows.filter((row) => (isGreen(row) || row.standing === 'does not apply') && row.lacks);
  assert.deepEqual(
    outdated.map(({ id, lacks }) => `${id} ${lacks}`),
    [],
  );
  // A test whose name loses its number takes the green with it.
  const without = asvsRows(new Map());
  assert.ok(without.filter(isGreen).length < rows.filter(isGreen).length);
});

test('a requirement is green by a test of its name, a live check or a guide, never by a part (GV-3)', () => {
  const of = (mark: '' | '~' | '-', evidence: string[], isNamed = false) => standingOf({ mark, evidence }, isNamed);
  assert.equal(of('', ['t:x'], true), 'tested');
  assert.equal(of('', ['t:x']), 'open');
  assert.equal(of('', ['t:x', 'c:tls']), 'checked live');
  assert.equal(of('', ['g:running']), 'written down');
  assert.equal(of('', []), 'open');
  assert.equal(of('~', ['c:tls'], true), 'partly');
  assert.equal(of('-', [], true), 'does not apply');
  assert.deepEqual(numbersIn('what is it (CR-3, V3.4.3 to V3.4.5, ASVS 15.3.4)'), [
    ...['V3.4.3', 'V3.4.4', 'V3.4.5'],
    'V15.3.4',
  ]);
});
