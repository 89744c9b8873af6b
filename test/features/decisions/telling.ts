import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mailsTo, newPerson } from '../accounts/people.js';
import type { Member } from '../conversations/cast.js';
import { approve, rowOf, runNow, systemOf } from './asked.js';
import { admin, cast, deletion, dora } from './stage.js';

test('each who may approve gets one mail, without content, whose link only shows (AG-6, AG-7)', async () => {
  const { id, path } = await deletion('Secret plans');
  const { announceDecision } = await import('../../../src/features/decisions/running/announce.js');
  await Promise.all([1, 2].map(() => announceDecision(systemOf(cast), id, undefined)));
  const about = async (email: string) => (await mailsTo(cast.server, email)).filter(({ text }) => text.includes(path));
  const [mail, ...more] = await about('dora@acme.test');
  assert.ok(mail);
  assert.deepEqual(more, []);
  assert.deepEqual(await about('alice@acme.test'), [], 'she asked');
  assert.deepEqual(await about('bob@acme.test'), [], 'he may not approve');
  assert.doesNotMatch(mail.text, /Secret plans/);
  assert.equal((await newPerson(cast.server).get(path)).status, 303, 'without a session it leads to the sign-in');
  await dora.browser.get(path);
  assert.equal((await rowOf(cast, id)).status, 'waiting');
});

test('who may approve is told in the page, and by mail as they chose; who asked hears the outcome (AG-7)', async () => {
  const { announceDecision } = await import('../../../src/features/decisions/running/announce.js');
  const told = async (who: Member, about: string) => {
    const { rows } = await admin(
      `select kind, mail, read_at is not null as read from ${cast.acme.id}.notifications where account_id = $1 and path = $2`,
      [who.id, about],
    );
    return rows;
  };
  const mailed = async (path: string) =>
    (await mailsTo(cast.server, 'dora@acme.test')).filter(({ text }) => text.includes(path)).length;
  const first = await deletion();
  await announceDecision(systemOf(cast), first.id, undefined);
  assert.deepEqual(await told(dora, first.path.slice(7)), [{ kind: 'decision', mail: null, read: false }]);
  assert.equal(await mailed(first.path), 1, 'its own mail, and no second one');
  assert.deepEqual(await told(cast.bob, first.path.slice(7)), []);
  assert.deepEqual(await told(cast.alice, first.path.slice(7)), []);
  await dora.browser.submit(first.path, { reason: 'No.' }, `${first.path}/rejection`);
  assert.deepEqual(await told(dora, first.path.slice(7)), [{ kind: 'decision', mail: null, read: true }]);
  assert.deepEqual(await told(cast.alice, first.path.slice(7)), [{ kind: 'finished', mail: null, read: false }]);

  const preferences = '/w/acme/notifications/preferences';
  const chosen = { hour: '8', timeZone: 'UTC', 'page-decision': 'on', 'mail-decision': 'hourly' };
  assert.equal((await dora.browser.submit(preferences, chosen)).status, 303);
  const second = await deletion();
  await announceDecision(systemOf(cast), second.id, undefined);
  assert.deepEqual(await told(dora, second.path.slice(7)), [{ kind: 'decision', mail: 'hourly', read: false }]);
  assert.equal(await mailed(second.path), 0);
  await admin(`delete from ${cast.acme.id}.notification_preferences`);
  await approve(dora.browser, second.path);
  assert.equal((await told(dora, second.path.slice(7)))[0]?.read, true, 'it waits for nobody any more');
  await runNow(cast, second.id);
  assert.deepEqual(await told(cast.alice, second.path.slice(7)), [{ kind: 'finished', mail: null, read: false }]);
});

test('the count in the rail is told as it changes, to who may approve only (AG-7)', async () => {
  const { openStream } = await import('../conversations/stream.js');
  await admin(`update ${cast.acme.id}.decisions set status = 'withdrawn' where status = 'waiting'`);
  const [live, bobs] = await Promise.all([
    openStream(dora.browser, '/w/acme/live'),
    openStream(cast.bob.browser, '/w/acme/live'),
  ]);
  assert.equal((await live.until('count')).data.count, 0);
  assert.equal((await bobs.until('count')).data.count, 0);
  const { id, path } = await deletion();
  assert.equal((await live.until('count')).data.count, 1);
  assert.equal((await bobs.until('count')).data.count, 0);
  await dora.browser.submit(path, { reason: 'No.' }, `${path}/rejection`);
  let last = await live.until('count');
  while (last.data.count !== 0) last = await live.until('count');
  const alices = await openStream(cast.alice.browser, '/w/acme/live');
  await alices.until('count');
  const next = await deletion();
  const told = await alices.until('decision');
  assert.deepEqual([told.data.id, told.data.status], [next.id, 'waiting']);
  assert.notEqual(told.data.id, id);
  for (const stream of [live, bobs, alices]) stream.cut();
});
