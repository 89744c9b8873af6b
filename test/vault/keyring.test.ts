import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { blind, type Keyring, newWrappedKeys, open, seal, unwrapKeys } from '../../src/vault/keyring.js';

const tenantA = 'tenant_aaaaaaaaaaaaaaaa';
const tenantB = 'tenant_bbbbbbbbbbbbbbbb';
let a: Keyring;
let b: Keyring;

before(() => {
  process.env.MASTER_KEY = Buffer.from('a test deployment key, 32 bytes!').toString('base64');
  process.env.SESSION_SECRET = 'signs-every-cookie-of-this-run-0123456789';
  a = unwrapKeys(tenantA, newWrappedKeys(tenantA));
  b = unwrapKeys(tenantB, newWrappedKeys(tenantB));
});

test('what was sealed opens again, and the same text never seals to the same bytes (CR-1)', () => {
  const text = `Grüße ✓ \u0000 ${'x'.repeat(10_000)}`;
  const once = seal(a, 'messages.body', 'row-1', text);
  const twice = seal(a, 'messages.body', 'row-1', text);
  assert.equal(open(a, 'messages.body', 'row-1', once).toString(), text);
  assert.notDeepEqual(once, twice);
  assert.ok(!once.includes(Buffer.from('Grüße')));
});

describe('a ciphertext opens only where it belongs (CR-1)', () => {
  const places: [string, () => Keyring, string, string][] = [
    ['another row', () => a, 'messages.body', 'row-2'],
    ['another column', () => a, 'messages.title', 'row-1'],
    ['another tenant', () => b, 'messages.body', 'row-1'],
    ['the same keys under another name', () => ({ ...a, tenantId: tenantB }), 'messages.body', 'row-1'],
  ];
  for (const [name, keyring, place, row] of places) {
    test(name, () => {
      const sealed = seal(a, 'messages.body', 'row-1', 'secret');
      assert.throws(() => open(keyring(), place, row, sealed));
    });
  }
});

test('a flipped bit anywhere is refused (V11.3.3)', () => {
  const sealed = seal(a, 'messages.body', 'row-1', 'secret');
  for (let at = 0; at < sealed.length; at += 1) {
    const altered = Buffer.from(sealed);
    altered.writeUInt8(altered.readUInt8(at) ^ 1, at);
    assert.throws(() => open(a, 'messages.body', 'row-1', altered), `byte ${at}`);
  }
});

test('older generations of a key still open, new text takes the newest', () => {
  const old = seal(a, 'messages.body', 'row-1', 'before the rotation');
  const rotated: Keyring = { ...a, generation: 2, content: new Map([...a.content, [2, Buffer.alloc(32, 9)]]) };
  assert.equal(open(rotated, 'messages.body', 'row-1', old).toString(), 'before the rotation');
  const fresh = seal(rotated, 'messages.body', 'row-1', 'after');
  assert.equal(fresh.readUInt32BE(1), 2);
  assert.throws(() => open(a, 'messages.body', 'row-1', fresh), /generation 2/);
});

test('wrapped keys open under their own tenant and master key only', () => {
  const wrapped = newWrappedKeys(tenantA);
  assert.throws(() => unwrapKeys(tenantB, wrapped));
  assert.throws(
    () =>
      unwrapKeys(
        tenantA,
        wrapped.filter(({ purpose }) => purpose === 'content'),
      ),
    /no keys/,
  );
});

test('a blinded lexeme is the same within a tenant, another in the next, and no word (KB-7)', () => {
  assert.deepEqual(blind(a, 'salary'), blind(a, 'salary'));
  assert.notDeepEqual(blind(a, 'salary'), blind(b, 'salary'));
  assert.equal(blind(a, 'salary').length, 6);
});
