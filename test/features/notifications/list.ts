import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from '../../../src/database/id.js';
import { inTenant } from '../../../src/tenancy/in-tenant.js';
import { insertPerson, mailsTo, newPerson } from '../accounts/people.js';
import { admin, cast, forget, home, rowsOf, systemIn, tell, tellBob, unreadOn } from './stage.js';

test('what somebody is told shows in their bell and list, and leads there when it is opened (AG-7)', async () => {
  await forget();
  const id = newId();
  await tellBob({ title: 'Plan <b>“the” party</b>', subject: { kind: 'task', id }, path: '/agents' });
  const page = await cast.bob.browser.get(home);
  assert.equal(page.status, 200);
  assert.match(page.text, /Plan &lt;b&gt;“the” party&lt;\/b&gt;/);
  assert.match(page.text, /Mentions you · <bdi>alice<\/bdi>/);
  assert.equal(unreadOn((await cast.bob.browser.get('/w/acme')).text), '1');
  const [row] = await rowsOf(cast.bob.id);
  assert.ok(row && !JSON.stringify(row).includes('party'), 'the title is sealed');
  const opened = await cast.bob.browser.submit(home, {}, `${home}/${row.id}/opening`);
  assert.deepEqual([opened.status, opened.location], [303, '/w/acme/agents']);
  assert.equal(unreadOn((await cast.bob.browser.get('/w/acme')).text), '0');
  assert.match((await cast.bob.browser.get(home)).text, /You have read everything/);
  assert.match((await cast.bob.browser.get(`${home}?show=all`)).text, /Mark as unread/);
});

test('nobody sees, opens or marks what another person is told, not even an owner (IS-5, IS-4)', async () => {
  await forget();
  await tellBob({ title: 'Only for Bob' });
  const [row] = await rowsOf(cast.bob.id);
  assert.ok(row);
  assert.doesNotMatch((await cast.alice.browser.get(`${home}?show=all`)).text, /Only for Bob/);
  assert.equal(unreadOn((await cast.alice.browser.get(home)).text), '0');
  for (const act of ['opening', 'read-mark']) {
    assert.equal((await cast.alice.browser.submit(home, {}, `${home}/${row.id}/${act}`)).status, 404);
    assert.equal((await cast.charlie.browser.submit('/w/globex', {}, `${home}/${row.id}/${act}`)).status, 404);
    const elsewhere: string = `/w/globex/notifications/${row.id}/${act}`;
    assert.equal((await cast.charlie.browser.submit('/w/globex', {}, elsewhere)).status, 404);
  }
  await cast.alice.browser.submit(home, { upTo: newId() }, `${home}/read-marks`);
  assert.equal((await cast.charlie.browser.get(home)).status, 404);
  assert.equal((await newPerson(cast.server).get(home)).status, 303);
  assert.equal((await rowsOf(cast.bob.id))[0]?.read_at, null, 'and nothing of it changed');
});

test('who acts is not told, nor for whom an agent acts, nor who is no member; each is told once (AG-7)', async () => {
  await forget();
  const { alice, bob, charlie } = cast;
  const everybody = [alice.id, bob.id, bob.id, charlie.id, newId()];
  await tell(alice.context, everybody);
  assert.deepEqual([(await rowsOf(alice.id)).length, (await rowsOf(bob.id)).length], [0, 1]);
  assert.equal((await rowsOf(charlie.id)).length, 0);
  const { actor } = bob.context;
  assert.equal(actor.kind, 'member');
  const agent = { kind: 'agent', agentId: newId(), name: 'Guide', onBehalfOf: actor } as const;
  await tell({ ...bob.context, actor: agent }, everybody);
  assert.deepEqual([(await rowsOf(alice.id)).length, (await rowsOf(bob.id)).length], [1, 1]);
  assert.match((await alice.browser.get(home)).text, /<bdi>Guide<\/bdi>/);
  await tell(systemIn(), everybody, { kind: 'reminder' });
  assert.deepEqual([(await rowsOf(alice.id)).length, (await rowsOf(bob.id)).length], [2, 2]);
  await assert.rejects(tellBob({ path: '//evil.example' }), { name: 'ZodError' });
});

test('it is told with the act, or not at all', async () => {
  await forget();
  const { notify } = await import('../../../src/features/notifications/notify.js');
  const { context } = cast.alice;
  const failing = inTenant(context, 'workspace.read', async (db) => {
    const subject = { kind: 'task', id: newId() };
    await notify(db, context, { to: [cast.bob.id], kind: 'shared', subject, title: 'Undone', path: '/tasks' });
    throw new Error('the act failed');
  });
  await assert.rejects(failing, /the act failed/);
  assert.deepEqual(await rowsOf(cast.bob.id), []);
});

test('one or all are marked as read, up to what was seen, and unread again (AG-7)', async () => {
  await forget();
  for (const title of ['One', 'Two', 'Three']) await tellBob({ title });
  const [one, two, three] = await rowsOf(cast.bob.id);
  assert.ok(one && two && three);
  const marked = await cast.bob.browser.submit(home, { upTo: two.id }, `${home}/read-marks`);
  assert.deepEqual([marked.status, marked.location], [303, home]);
  assert.equal(unreadOn((await cast.bob.browser.get(home)).text), '1');
  const here = `${home}?show=all`;
  const back = await cast.bob.browser.submit(home, { read: 'no', here }, `${home}/${one.id}/read-mark`);
  assert.equal(back.location, here);
  const away = await cast.bob.browser.submit(home, { here: '//evil.example' }, `${home}/${one.id}/read-mark`);
  assert.equal(away.location, home);
  assert.equal(unreadOn((await cast.bob.browser.get(home)).text), '1');
  assert.equal((await cast.bob.browser.submit(home, {}, `${home}/read-marks`)).status, 303);
  assert.equal((await rowsOf(cast.bob.id)).filter(({ read_at }) => read_at === null).length, 1);
});

test('whoever leaves keeps nothing, and is neither told nor mailed any more (AG-7, MB-5)', async () => {
  const eve = await insertPerson(cast.server, 'eve');
  await admin(`insert into shared.memberships (tenant_id, account_id, role) values ($1, $2, 'member')`, [
    cast.acme.id,
    eve.id,
  ]);
  await tell(cast.alice.context, [eve.id]);
  assert.equal((await rowsOf(eve.id)).length, 1);
  const { mailNotifications } = await import('../../../src/features/notifications/mail/digest.js');
  await admin('delete from shared.memberships where account_id = $1', [eve.id]);
  await mailNotifications(systemIn(), { accountId: eve.id, mail: 'hourly' });
  assert.deepEqual(await mailsTo(cast.server, eve.email), []);
  assert.equal((await rowsOf(eve.id)).length, 0);
  await tell(cast.alice.context, [eve.id]);
  assert.equal((await rowsOf(eve.id)).length, 0);
  await admin(`insert into shared.memberships (tenant_id, account_id, role) values ($1, $2, 'member')`, [
    cast.acme.id,
    eve.id,
  ]);
  await tell(cast.alice.context, [eve.id]);
  const { removeMember } = await import('../../../src/features/members/actions.js');
  await removeMember(cast.alice.context, eve.id);
  assert.equal((await rowsOf(eve.id)).length, 0);
});

test('10,000 notifications: count, list and each page of it come from an index (AG-7)', async () => {
  await forget();
  const schema = cast.acme.id;
  await tellBob({ title: 'The newest' });
  const [row] = await rowsOf(cast.bob.id);
  await admin(
    `insert into ${schema}.notifications (id, account_id, kind, subject_kind, subject_id, title, path, in_page, created_at, read_at)
     select gen_random_uuid(), case when n % 2 = 0 then $1::uuid else gen_random_uuid() end,
       (array['mention', 'comment', 'assigned'])[1 + n % 3], 'task', n::text, $2, '/tasks', true, now(),
       case when n % 100 < 98 then now() end
     from generate_series(1, 20000) n`,
    [cast.bob.id, row?.title],
  );
  await admin(`analyze ${schema}.notifications`);
  const mine = `from ${schema}.notifications where account_id = '${cast.bob.id}' and in_page`;
  const plans = [
    [`select count(*) from (select ${mine} and read_at is null limit 100) u`, 'notifications_unread_idx'],
    [`select id ${mine} and read_at is null order by id desc limit 41`, 'notifications_unread_idx'],
    [`select id ${mine} order by id desc limit 41`, 'notifications_account_idx'],
    [
      `select id ${mine} and kind = 'comment' and id < 'c0000000-0000-4000-8000-000000000000' order by id desc limit 41`,
      'notifications_kind_idx',
    ],
  ] as const;
  for (const [statement, index] of plans) {
    const { rows } = await admin(`explain (analyze, format json) ${statement}`);
    const plan = JSON.stringify(rows[0]);
    assert.ok(plan.includes(index), `${statement}: ${plan}`);
    assert.doesNotMatch(plan, /Seq Scan|"Sort"/, statement);
  }
  assert.equal(unreadOn((await cast.bob.browser.get('/w/acme')).text), '99+');
  await forget();
});

test('read ones are swept after 90 days, unread ones stay (AG-7)', async () => {
  await forget();
  for (const title of ['Old and read', 'Old and unread', 'Read today']) await tellBob({ title });
  const [old, , today] = await rowsOf(cast.bob.id);
  await admin('delete from graphile_worker._private_jobs');
  for (const row of [old, today]) await cast.bob.browser.submit(home, {}, `${home}/${row?.id}/read-mark`);
  const { rows } = await admin(
    `select run_at from graphile_worker._private_jobs where key like '%notifications sweep%'`,
  );
  assert.equal(rows.length, 1, 'one job for a week');
  assert.ok(rows[0].run_at.getTime() > Date.now() + 90 * 86_400_000);
  await admin(`update ${cast.acme.id}.notifications set read_at = now() - interval '91 days' where id = $1`, [old?.id]);
  await import('../../../src/features/notifications/jobs.js');
  const { tenantJobs } = await import('../../../src/jobs/job.js');
  await tenantJobs.get('notifications.sweep')?.run(systemIn(), {});
  assert.equal((await rowsOf(cast.bob.id)).length, 2);
});
