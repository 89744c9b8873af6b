import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slugOf, withSuffix } from '../../../src/features/workspaces/slug.js';

test('a workspace’s address is its name in plain letters', () => {
  const addresses: Record<string, string> = {
    Acme: 'acme',
    '  Müller & Søn, GmbH ': 'muller-son-gmbh',
    'Straße 7': 'strasse-7',
    'Ångström Łódź': 'angstrom-lodz',
    'Компания «Щит»': 'kompaniya-shchit',
    Αθήνα: 'athina',
    '../../etc/passwd': 'etc-passwd',
    İstanbul: 'istanbul',
  };
  for (const [name, slug] of Object.entries(addresses)) assert.equal(slugOf(name), slug);
});

test('a name without such letters, too short or reserved gets an address of its own', () => {
  assert.match(slugOf('株式会社'), /^workspace-[a-z2-9]{4}$/);
  assert.match(slugOf('🦊'), /^workspace-[a-z2-9]{4}$/);
  assert.match(slugOf('x!'), /^x-[a-z2-9]{4}$/);
  assert.match(slugOf('Admin'), /^admin-[a-z2-9]{4}$/);
  assert.match(slugOf('Sign in'), /^sign-in-[a-z2-9]{4}$/);
});

test('an address has 2 to 40 characters, with a suffix too', () => {
  const name = 'The very long name of a company that does not fit anywhere at all';
  for (const slug of [slugOf(name), withSuffix(slugOf(name)), slugOf(`${'a'.repeat(39)} b`)]) {
    assert.match(slug, /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])$/);
  }
});
