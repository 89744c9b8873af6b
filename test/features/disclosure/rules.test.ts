import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../../support/settings.js';
import { config } from '../../../src/config.js';
import { dueAt } from '../../../src/features/disclosure/clocks.js';
import { referenceIn } from '../../../src/features/disclosure/report.js';
import { problemOf } from '../../../src/features/security/security-txt.js';

const due = (from: string, clock: 'acknowledgement' | 'resolution', businessDays: boolean) =>
  dueAt(new Date(`${from}:00Z`), clock, businessDays)
    .toISOString()
    .slice(0, 16);

test('48 hours and 14 days pass on every day, unless the operator wants weekends left out (GV-5)', () => {
  // 2026-11-20 is a Friday.
  assert.equal(due('2026-11-20T15:00', 'acknowledgement', false), '2026-11-22T15:00');
  assert.equal(due('2026-11-20T15:00', 'acknowledgement', true), '2026-11-24T15:00');
  assert.equal(due('2026-11-18T09:30', 'acknowledgement', true), '2026-11-20T09:30');
  assert.equal(due('2026-11-21T09:30', 'acknowledgement', true), '2026-11-25T00:00');
  for (const days of [false, true]) assert.equal(due('2026-11-18T09:30', 'resolution', days), '2026-12-02T09:30');
  assert.equal(due('2026-11-21T09:30', 'resolution', true), '2026-12-07T00:00');
  // What would fall due as a weekend begins falls due when it is over.
  assert.equal(due('2026-11-19T00:00', 'acknowledgement', true), '2026-11-23T00:00');
});

test('a reference is found wherever a mail names it, and nothing else is taken for one (GV-5)', () => {
  assert.equal(referenceIn('Re: Your security report BW-7K3F-Q2XM: an answer'), 'BW-7K3F-Q2XM');
  assert.equal(referenceIn('<0190-abc.BW-7K3F-Q2XM@bailiwick.test>'), 'BW-7K3F-Q2XM');
  for (const none of ['BW-7K3F', 'BW-7K3F-Q2X0', 'BW-7k3f-q2xm', 'ABW-7K3F-Q2XM', 'BW-7K3F-Q2XMA']) {
    assert.equal(referenceIn(none), undefined, none);
  }
});

test('a signed security.txt is served while it is valid only (RFC 9116)', () => {
  const now = new Date('2026-11-22T00:00:00Z');
  const signed = (expires: string, more = '') =>
    `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nContact: mailto:security@bailiwick.test\nExpires: ${expires}\nCanonical: ${config().origin}/.well-known/security.txt\n${more}-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n`;
  const good = signed('2027-05-01T00:00:00Z');
  assert.equal(problemOf(good, now), undefined);
  assert.match(problemOf(signed('2026-11-21T00:00:00Z'), now) ?? '', /expired/);
  assert.match(problemOf(signed('2027-12-01T00:00:00Z'), now) ?? '', /more than a year/);
  assert.match(problemOf(signed('2027-05-01T00:00:00Z', 'Expires: 2027-05-02T00:00:00Z\n'), now) ?? '', /one Expires/);
  assert.match(problemOf(good.replace('-----BEGIN PGP SIGNED MESSAGE-----\n', ''), now) ?? '', /clear-signed/);
  assert.match(problemOf(good.replace(config().origin, 'https://evil.test'), now) ?? '', /Canonical/);
});
