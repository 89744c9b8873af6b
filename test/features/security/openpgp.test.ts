import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { projectPath } from '../../../src/config.js';
import { readClearSigned } from '../../../src/features/security/clear-signed.js';
import { isSignedBy, signingKeysIn } from '../../../src/features/security/openpgp.js';
import { problemOf } from '../../../src/features/security/security-txt.js';

process.env.BASE_URL = 'https://acme.test';

/** Made by GnuPG 2.2 with keys that were thrown away; `weak` is RSA of 2048 bits. */
const file = (name: string) => readFileSync(projectPath('test', 'features', 'security', 'pgp', name), 'utf8');
const keyOf = (name: string) => file(`${name}.key.asc`);
const textBy = (name: string) => file(`${name}.txt.asc`);
const isBy = (text: string, key: string) => {
  const { signature } = readClearSigned(text) ?? {};
  assert.ok(signature);
  return isSignedBy(key, signature);
};

test('a signature is by its own key and by no other, of each kind that is read (RFC 9580, GV-5)', () => {
  const kinds = ['ed25519', 'rsa', 'ecdsa'];
  for (const name of kinds)
    for (const other of kinds) assert.equal(isBy(textBy(name), keyOf(other)), name === other, `${name} by ${other}`);
  const both = `${keyOf('rsa')}\n`;
  assert.equal(isBy(textBy('rsa').replaceAll('\n', '\r\n'), both.replaceAll('\n', '\r\n')), true);
});

test('a weak key is not believed, nor is a text or a signature that was changed (V11.2.3, V11.6.1)', () => {
  assert.equal(readClearSigned(textBy('weak'))?.isWhole, true);
  assert.equal(signingKeysIn(keyOf('weak')).length, 0);
  assert.equal(isBy(textBy('weak'), keyOf('weak')), false);
  for (const name of ['ed25519', 'rsa', 'ecdsa']) {
    assert.equal(isBy(textBy(name).replace('security@', 'mallory@'), keyOf(name)), false, name);
    const { signature } = readClearSigned(textBy(name)) ?? {};
    assert.ok(signature);
    const made = Buffer.from(signature.made);
    made[20] = (made[20] ?? 0) ^ 1;
    assert.equal(isSignedBy(keyOf(name), { ...signature, made }), false, name);
    assert.equal(isSignedBy(keyOf(name), { ...signature, made: made.subarray(0, 9) }), false, `${name}, cut`);
  }
  for (const none of ['', 'no key', textBy('rsa'), keyOf('rsa').slice(0, 200)])
    assert.equal(isBy(textBy('rsa'), none), false);
});

test('with the signer’s key a security.txt is served only when that key signed it (RFC 9116, GV-5)', () => {
  const now = new Date('2026-11-22T00:00:00Z');
  assert.equal(problemOf(textBy('ed25519'), now, keyOf('ed25519')), undefined);
  assert.equal(problemOf(textBy('ed25519'), now), undefined, 'without a key only that it is whole');
  for (const other of [keyOf('rsa'), 'no key'])
    assert.match(problemOf(textBy('ed25519'), now, other) ?? '', /not signed by the key in SECURITY_TXT_KEY/);
});
