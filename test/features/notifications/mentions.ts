import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from '../../../src/database/id.js';
import { inTenant } from '../../../src/tenancy/in-tenant.js';
import type { Member } from '../conversations/cast.js';
import { admin, cast, forget, home, rowsOf } from './stage.js';

test('a mention tells members who may see it, once, and not for what stood there before (AG-7)', async () => {
  await forget();
  const { mentionsOf, notifyMentions } = await import('../../../src/features/notifications/mentions.js');
  const { context } = cast.alice;
  const said = { subject: { kind: 'page', id: newId() }, title: 'Handbook', path: '/pages' };
  const mention = (more: { text: string; before?: string; maySee?: string[] }) =>
    inTenant(context, 'workspace.read', (db) => notifyMentions(db, context, { ...said, ...more }));
  const named = await mention({ text: 'Hi @BOB, @alice, @charlie and `@bob`' });
  assert.deepEqual(named.toSorted(), [cast.bob.id, cast.alice.id].sort());
  assert.equal((await rowsOf(cast.bob.id)).length, 1);
  assert.equal((await rowsOf(cast.alice.id)).length, 0, 'she wrote it');
  assert.equal((await rowsOf(cast.charlie.id)).length, 0, 'he is no member');
  assert.deepEqual(await mention({ text: 'Hi @bob again', before: 'Hi @bob' }), []);
  assert.deepEqual(await mention({ text: 'Hi @bob', maySee: [cast.alice.id] }), []);
  assert.equal((await rowsOf(cast.bob.id)).length, 1);
  assert.deepEqual([...(await mentionsOf(context, ['@bob', '@charlie @nobody']))], [['bob', 'bob']]);
});

test('names are offered to those who may see the members, a few at a time (AG-7)', async () => {
  const ask = async (who: Member, q: string) => {
    const answer = await who.browser.get(`/w/acme/members/names?q=${encodeURIComponent(q)}`);
    assert.equal(answer.status, 200);
    return (JSON.parse(answer.text) as { names: { username: string }[] }).names.map(({ username }) => username);
  };
  assert.deepEqual(await ask(cast.alice, 'B'), ['bob']);
  assert.deepEqual(await ask(cast.bob, ''), ['alice', 'bob']);
  assert.deepEqual(await ask(cast.bob, 'char'), [], 'charlie is in another workspace');
  assert.deepEqual(await ask(cast.bob, "%' or 1=1"), []);
  await admin(`update shared.memberships set role = 'user' where account_id = $1`, [cast.bob.id]);
  const { forgetMemberships } = await import('../../../src/tenancy/directory.js');
  forgetMemberships(cast.bob.id);
  assert.equal((await cast.bob.browser.get('/w/acme/members/names')).status, 403);
  assert.equal((await cast.bob.browser.get(home)).status, 200, 'the bell is for every member');
  await admin(`update shared.memberships set role = 'member' where account_id = $1`, [cast.bob.id]);
  forgetMemberships(cast.bob.id);
  assert.equal((await cast.charlie.browser.get('/w/acme/members/names')).status, 404);
});
