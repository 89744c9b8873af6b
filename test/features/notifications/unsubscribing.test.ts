import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

process.env.MASTER_KEY ??= Buffer.from('a test deployment key, 32 bytes!').toString('base64');
process.env.SESSION_SECRET ??= 'signs-every-cookie-of-this-run-0123456789';
const { openLink, unsubscribeLink } = await import('../../../src/features/notifications/unsubscribing/link.js');
const { sealForDeployment } = await import('../../../src/vault/deployment.js');

const meant = {
  tenantId: 'tenant_a',
  accountId: '01890000-0000-7000-8000-000000000000',
  kinds: ['mention'],
} as const;
const tokenOf = (link: string) => link.split('/').at(-1) ?? '';

test('a link to stop mails means what was sealed into it, or nothing: no byte of it can be another (AG-7, V9.1.1, V9.2.2)', () => {
  const token = tokenOf(unsubscribeLink(meant));
  assert.deepEqual(openLink(token), meant);
  const bytes = Buffer.from(token, 'base64url');
  for (const at of bytes.keys()) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.equal(openLink(changed.toString('base64url')), undefined, `byte ${at}`);
  }
  const sealed = (purpose: string, id: string, content: object) =>
    sealForDeployment(purpose, id, JSON.stringify(content)).toString('base64url');
  assert.deepEqual(openLink(sealed('unsubscribe', 'link', meant)), meant);
  const others: Readonly<Record<string, string>> = {
    'a seal of another purpose': sealed('mail', 'link', meant),
    'a seal of another name': sealed('unsubscribe', 'other', meant),
    'a kind that there is not': sealed('unsubscribe', 'link', { ...meant, kinds: ['everything'] }),
    'no kind': sealed('unsubscribe', 'link', { ...meant, kinds: [] }),
    'no account': sealed('unsubscribe', 'link', { ...meant, accountId: 'bob' }),
    'the end cut off': token.slice(0, -4),
    'something behind it': `${token}AAAA`,
    'random bytes': randomBytes(100).toString('base64url'),
    'another alphabet': `${token.slice(0, -1)}=`,
    'far too much': 'A'.repeat(5000),
    nothing: '',
  };
  for (const [what, other] of Object.entries(others)) assert.equal(openLink(other), undefined, what);
});
