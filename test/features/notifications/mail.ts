import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../support/until.js';
import { mailsTo } from '../accounts/people.js';
import { eventsNamed } from '../conversations/cast.js';
import { admin, cast, forget, home, mail, rowsOf, tellBob } from './stage.js';

test('a mail collects what is unread, once, however many workers there are (AG-7)', async () => {
  await forget();
  await tellBob({ title: 'Read before' });
  const [read] = await rowsOf(cast.bob.id);
  await cast.bob.browser.submit(home, { read: 'yes' }, `${home}/${read?.id}/read-mark`);
  await tellBob({ title: 'Look at evil.example <b>now</b>\nSubject: x' });
  await tellBob({ kind: 'decision', title: 'Words of an agent', mailed: [] });
  await tellBob({ title: 'Second' });
  const before = (await mailsTo(cast.server, 'bob@acme.test')).length;
  const tries = await Promise.allSettled([1, 2, 3, 4].map(() => mail(cast.bob, 'hourly')));
  assert.ok(tries.some(({ status }) => status === 'fulfilled'));
  await mail(cast.bob, 'hourly');
  const mails = (await mailsTo(cast.server, 'bob@acme.test')).slice(before);
  assert.equal(mails.length, 1);
  const [letter] = mails;
  assert.equal(letter?.subject, '2 notifications: acme');
  assert.match(letter?.text ?? '', /Mentions you: Look at evil\. example <b>now<\/b> Subject: x\n {2}By alice, /);
  assert.match(letter?.text ?? '', /Second/);
  assert.match(letter?.html ?? '', /&lt;b&gt;now/);
  assert.doesNotMatch(letter?.text ?? '', /Read before|Words of an agent/);
  const link = letter?.unsubscribe ?? '';
  assert.ok(link.startsWith(`${cast.server.origin}/unsubscribe/`));
  assert.ok(letter?.text.includes(link) && letter.text.includes('/w/acme/notifications/preferences'));
  assert.equal((await eventsNamed(cast, cast.acme, 'notifications.mailed')).length, 1);

  await mail(cast.bob, 'now');
  const [now] = (await mailsTo(cast.server, 'bob@acme.test')).slice(before + 1);
  assert.match(now?.subject ?? '', /^Waits for your decision: acme$/);
  assert.doesNotMatch(now?.text ?? '', /Words of an agent/, 'what an agent wrote is not mailed');
  // The next one of these waits for some minutes, so that a flood is a few mails.
  await tellBob({ kind: 'decision' });
  await mail(cast.bob, 'now');
  assert.equal((await mailsTo(cast.server, 'bob@acme.test')).length, before + 2);
  await admin(`update ${cast.acme.id}.notifications set mailed_at = mailed_at - interval '1 hour'`);
  await mail(cast.bob, 'now');
  assert.equal((await mailsTo(cast.server, 'bob@acme.test')).length, before + 3);
});

test('the queue knows when to mail: one job for a person and hour, and it runs (AG-7)', async () => {
  await forget();
  await admin('delete from graphile_worker._private_jobs');
  await tellBob({ kind: 'comment' });
  await tellBob({ kind: 'comment' });
  await tellBob({ kind: 'reminder' });
  const { rows } = await admin(`
    select j.payload ->> 'mail' as mail, j.run_at > now() as later
    from graphile_worker._private_jobs j
    where j.key like '%notifications%' order by 1
  `);
  assert.deepEqual(rows, [
    { mail: 'daily', later: true },
    { mail: 'now', later: false },
  ]);
  await admin('update graphile_worker._private_jobs set run_at = now()');
  const { startJobs } = await import('../../../src/jobs/runner.js');
  const runner = await startJobs();
  const sent = async () =>
    (await admin(`select count(*)::int as n from ${cast.acme.id}.notifications where mailed_at is not null`)).rows[0]
      ?.n;
  await until('both mails left', async () => (await sent()) === 3);
  await runner.stop();
});

test('a workspace can keep titles out of mails, for everybody (AG-7)', async () => {
  await forget();
  const page = `${home}/preferences`;
  assert.equal((await cast.bob.browser.submit(page, { titles: 'no' }, `${page}/titles`)).status, 403);
  assert.doesNotMatch((await cast.bob.browser.get(page)).text, /May mails name titles/);
  assert.equal((await cast.alice.browser.submit(page, { titles: 'no' }, `${page}/titles`)).status, 303);
  await tellBob({ title: 'Secret plan' });
  await mail(cast.bob, 'hourly');
  const letter = (await mailsTo(cast.server, 'bob@acme.test')).at(-1);
  assert.match(letter?.text ?? '', /Mentions you\n/);
  assert.doesNotMatch(letter?.text ?? '', /Secret plan/);
  await cast.alice.browser.submit(page, { titles: 'yes' }, `${page}/titles`);
});
