import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { projectPath } from '../../../../src/config.js';
import { drawQr, stepOf } from '../../../../src/features/accounts/authenticator/authenticator.js';
import { newCodes, readCode, written } from '../../../../src/features/accounts/recovery-codes/recovery-code.js';

test('codes are those of RFC 6238, a step early or late and no more', async () => {
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  // Appendix B: at 59 seconds the eight digits are 94287082, at 1111111109 they are 07081804.
  assert.equal(await stepOf(secret, '287082', 59), 1);
  assert.equal(await stepOf(secret, '081804', 1_111_111_109), 37_037_036);
  assert.equal(await stepOf(secret, '287082', 59 + 30), 1);
  assert.equal(await stepOf(secret, '287082', 29), 1);
  assert.equal(await stepOf(secret, '287082', 59 + 61), undefined);
  assert.equal(await stepOf(secret, '28708', 59), undefined);
});

test('recovery codes are told apart by their first signs, and read however they are written (V6.5.3)', () => {
  const codes = newCodes();
  assert.equal(new Set(codes.map(({ label }) => label)).size, 10);
  for (const code of codes) {
    assert.match(written(code), /^[a-hjkmnp-z2-9]{4}(-[a-hjkmnp-z2-9]{4}){3}$/);
    assert.deepEqual(readCode(` ${written(code).toUpperCase().replaceAll('-', ' ')}`), code);
  }
  for (const nonsense of ['', 'abcd', 'abcd-efgh-jkmn-pqr0', '💡'.repeat(8), 'a'.repeat(5000)]) {
    assert.equal(readCode(nonsense), undefined);
  }
});

test('a QR code is a path of squares inside a white border', () => {
  const { size, path } = drawQr('otpauth://totp/Bailiwick:alice?secret=GEZDGNBVGY3TQOJQ&issuer=Bailiwick');
  assert.match(path, /^(M\d+ \d+h1v1h-1z)+$/);
  const corners = [...path.matchAll(/M(\d+) (\d+)/g)].flatMap(([, x, y]) => [Number(x), Number(y)]);
  assert.equal(Math.min(...corners), 4);
  assert.equal(Math.max(...corners), size - 5);
});

test('a session is given by the first step, by the second, and to an account that was made just now, and nowhere else (V6.3.3, V6.3.4)', () => {
  const root = projectPath('src');
  const names = (readdirSync(root, { recursive: true }) as string[]).filter((name) => name.endsWith('.ts'));
  const giving = names.filter((name) => /\b(admit|signIn)\(request\b/.test(readFileSync(`${root}/${name}`, 'utf8')));
  assert.deepEqual(giving.sort(), [
    'features/accounts/second-step/actions.ts',
    'features/accounts/sign-in/admit.ts',
    'features/accounts/sign-in/first-step.ts',
    'features/accounts/sign-up/confirm-routes.ts',
    'features/members/invitations/routes.ts',
  ]);
});
