import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import '../../support/settings.js';
import { securityTxt } from '../../../src/commands/doctor/checks/security-txt.js';
import { deploymentOf } from '../../../src/commands/doctor/doctor.js';
import { config, projectPath } from '../../../src/config.js';
import { dueAt } from '../../../src/features/disclosure/clocks.js';
import { referenceIn } from '../../../src/features/disclosure/report.js';
import { readClearSigned } from '../../../src/features/security/clear-signed.js';
import { examineSigned, problemOf, securityTxt as securityTxtOf } from '../../../src/features/security/security-txt.js';
import { clearSigned } from '../../support/clear-signed.js';

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

test('a signed security.txt is served while it is valid, and as it was signed, only (RFC 9116)', () => {
  const now = new Date('2026-11-22T00:00:00Z');
  const text = (expires: string, more = '') =>
    `Contact: mailto:security@bailiwick.test\nExpires: ${expires}\nCanonical: ${config().origin}/.well-known/security.txt\n${more}`;
  const signed = (expires: string, more = '') => clearSigned(text(expires, more));
  const good = signed('2027-05-01T00:00:00Z');
  assert.equal(problemOf(good, now), undefined);
  assert.equal(problemOf(good.replaceAll('\n', '\r\n'), now), undefined);
  assert.match(problemOf(signed('2026-11-21T00:00:00Z'), now) ?? '', /expired/);
  assert.match(problemOf(signed('2027-12-01T00:00:00Z'), now) ?? '', /more than a year/);
  assert.match(problemOf(signed('2027-05-01T00:00:00Z', 'Expires: 2027-05-02T00:00:00Z\n'), now) ?? '', /one Expires/);
  assert.match(problemOf(good.replace('-----BEGIN PGP SIGNED MESSAGE-----\n', ''), now) ?? '', /clear-signed/);
  const elsewhere = text('2027-05-01T00:00:00Z').replace(config().origin, 'https://evil.test');
  assert.match(problemOf(clearSigned(elsewhere), now) ?? '', /Canonical/);
  const changed = text('2027-05-01T00:00:00Z').replace('security@', 'mallory@');
  assert.match(problemOf(clearSigned(changed, text('2027-05-01T00:00:00Z')), now) ?? '', /changed after it was signed/);
  // What it lacks of what would be said without a signature.
  const { missing, isWhole } = examineSigned(good, now);
  assert.deepEqual([isWhole, missing.map((field) => field.split(':')[0])], [true, [...lacking]]);
});

const lacking = ['Contact', 'Preferred-Languages', 'Policy', 'Acknowledgments'];

/** By GnuPG 2.2, of a key that was thrown away. */
const byGnuPg = `-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

Contact: mailto:security@acme.test
Expires: 2027-05-01T00:00:00Z
- - dashed line
Canonical: https://acme.test/.well-known/security.txt
-----BEGIN PGP SIGNATURE-----

iHUEARYIAB0WIQT4H5V26SeX1CPmRZbBL84BLFQ4UQUCawMUWAAKCRDBL84BLFQ4
Uc3FAP0egI+OgcAl2dZw8tGYpyXEdT5wOpL7Jc+PDeo03Y8zaAEAtA0KjMd91I+C
q1ouc3AEh4BMX+usFl+2JVm/jvd79wI=
=pInM
-----END PGP SIGNATURE-----
`;

test('a signature is read as OpenPGP programs make it, and what is not read is not judged (RFC 9580 §7)', () => {
  const read = readClearSigned(byGnuPg);
  assert.equal(read?.isWhole, true);
  assert.match(read?.body ?? '', /\n- dashed line\n/);
  assert.equal(readClearSigned(byGnuPg.replace('dashed line', 'dashed line \t'))?.isWhole, true, 'blanks at an end');
  for (const [from, to] of [
    ['2027-05', '2028-05'],
    ['- - dashed line\n', ''],
    ['acme.test/', 'acme.test//'],
  ] as const) {
    assert.equal(readClearSigned(byGnuPg.replace(from, to))?.isWhole, false, from);
  }
  const newer = byGnuPg.replace('iHUEARYIAB0', 'iHUGARYIAB0');
  assert.equal(readClearSigned(newer)?.isWhole, undefined);
  assert.equal(
    readClearSigned(byGnuPg.replace(/\n\niHUE[\s\S]*?\n-----END/, '\n\niQ==\n-----END'))?.isWhole,
    undefined,
  );
  assert.equal(readClearSigned('Contact: x'), undefined);
});

test('the doctor says whether a signed security.txt is served, what it lacks, and who signed it (GV-5, OP-3)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-security-txt-'));
  const path = join(folder, 'security.txt');
  const now = new Date();
  const own = securityTxtOf(now);
  const said = (text: string, settings: object = {}) => {
    writeFileSync(path, text);
    const all = { ...config(), SECURITY_TXT_FILE: path, ...settings };
    const found = securityTxt.examine({ ...deploymentOf(all), now: () => now.getTime() });
    return [found].flat().flatMap((finding) => ('grade' in finding ? [`${finding.grade} ${finding.says}`] : []));
  };
  const contact = 'note It names no address for mail: reports come by the form alone.';
  assert.deepEqual(said(clearSigned(own)), [
    ...[contact, 'ok The signed one is served, and its text is the one that was signed.'],
    'note Whose key signed it is not known here.',
  ]);
  const key = { SECURITY_TXT_KEY: projectPath('test', 'features', 'security', 'pgp', 'rsa.key.asc') };
  assert.match(
    said(clearSigned(own), key).join(),
    /failure The signed one is not served: it was not signed by the key/,
  );
  assert.match(
    said(clearSigned(own.replace(/Policy: .*\n/, ''))).join(),
    /warning The signed one does not say: Policy: /,
  );
  assert.match(said(clearSigned(own, `${own}X: y\n`)).join(), /failure The signed one is not served: it was changed/);
  assert.match(said(own).join(), /failure .*not clear-signed/);
  assert.deepEqual(said('', { SECURITY_TXT_FILE: undefined, SECURITY_CONTACT: 'security@bailiwick.test' }), [
    'note It is not signed, which it need not be.',
  ]);
  rmSync(folder, { recursive: true });
});
