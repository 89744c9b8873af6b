import assert from 'node:assert/strict';
import { test } from 'node:test';
import { safeNext } from '../../src/http/next.js';

const hostile = [
  '//evil.test',
  '///evil.test',
  '/\\evil.test',
  '\\\\evil.test',
  '\\/evil.test',
  'https://evil.test',
  'https:evil.test',
  'https:/evil.test',
  'http:\\\\evil.test',
  'HTTPS://evil.test',
  '//evil.test/%2f..',
  '/.//evil.test',
  '/..//evil.test',
  '/a/..//evil.test',
  '/%2e//evil.test',
  '/\t/evil.test',
  '/\n/evil.test',
  '/\r\n/evil.test',
  '\t//evil.test',
  ' //evil.test',
  '/ /evil.test',
  '/\u0000/evil.test',
  '/\u00a0/evil.test',
  '/\u200b/evil.test',
  '/\u202e/evil.test',
  '/\u2028/evil.test',
  '/\ufeff/evil.test',
  'javascript:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  '@evil.test',
  'user@evil.test',
  'evil.test',
  '?next=//evil.test',
  '#//evil.test',
  '',
  '.',
  '..',
  `/${'a'.repeat(1000)}`,
];

test('next= stays on this host, whatever it is (ASVS 3.7.2)', () => {
  for (const asked of hostile) assert.equal(safeNext(asked, '/home'), '/home', JSON.stringify(asked));
  for (const asked of [undefined, null, 7, ['/a', '//evil.test'], { toString: () => '/a' }])
    assert.equal(safeNext(asked), '/');
});

test('what a browser makes of an accepted next= is on this host', () => {
  const accepted = [
    '/',
    '/w/acme',
    '/w/acme/agents?sort=name&next=//evil.test',
    '/a#b',
    '/a/../b',
    '/%2f%2fevil.test',
    '/a//b',
    '/ü',
  ];
  for (const asked of accepted) {
    const next = safeNext(asked, '/refused');
    assert.notEqual(next, '/refused', asked);
    for (const origin of ['https://bailiwick.test', 'http://localhost:8080']) {
      assert.equal(new URL(next, `${origin}/sign-in`).origin, origin);
    }
  }
  assert.equal(safeNext('/w/acme/agents?sort=name'), '/w/acme/agents?sort=name');
});
