import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { newId } from '../../../src/database/id.js';
import type { Notice } from '../../../src/features/notifications/notify.js';
import type { TenantContext } from '../../../src/tenancy/context.js';
import { inTenant } from '../../../src/tenancy/in-tenant.js';
import { insertPerson, mailsTo, newPerson, signIn } from '../accounts/people.js';
import { type Cast, eventsNamed, type Member, startCast } from '../conversations/cast.js';
import { openStream } from '../conversations/stream.js';
import { until } from '../members/team.js';

let cast: Cast;
const home = '/w/acme/notifications';
const admin = (text: string, values: unknown[] = []) => cast.server.database.admin.query(text, values);

before(async () => {
  cast = await startCast({ model: false });
});
after(() => cast?.close());

async function tell(context: TenantContext, to: readonly string[], more: Partial<Notice> = {}): Promise<void> {
  const { notify } = await import('../../../src/features/notifications/notify.js');
  const subject = { kind: 'task', id: newId() };
  const notice = { kind: 'mention', subject, title: 'Buy milk', path: `/tasks/${subject.id}`, to, ...more } as const;
  await inTenant(context, 'workspace.read', (db) => notify(db, context, notice));
}

const tellBob = (more: Partial<Notice> = {}) => tell(cast.alice.context, [cast.bob.id], more);

const Row = z.looseObject({ id: z.string(), kind: z.string(), in_page: z.boolean(), mail: z.string().nullable() });

async function rowsOf(id: string, tenant = cast.acme.id) {
  const { rows } = await admin(`select * from ${tenant}.notifications where account_id = $1 order by id`, [id]);
  return rows.map((row) => Row.parse(row));
}

const forget = () => admin(`delete from ${cast.acme.id}.notifications; `);

const systemIn = (tenant = cast.acme): TenantContext => ({
  ...{ tenant, trigger: 'job', requestId: 'test-job' },
  actor: { kind: 'system', name: 'notifications.mail', may: ['workspace.read'] },
});

async function mail(who: Member, sort: 'now' | 'hourly' | 'daily'): Promise<void> {
  const { mailNotifications } = await import('../../../src/features/notifications/mail/digest.js');
  await mailNotifications(systemIn(), { accountId: who.id, mail: sort });
}

const unreadOn = (text: string) => /data-unread-count(?: hidden)?><span data-count>(\d+\+?)</.exec(text)?.[1];

/** As the page of preferences is saved: what is not given is off. */
const choose = (who: Member, fields: Record<string, string>) =>
  who.browser.submit(`${home}/preferences`, { hour: '8', timeZone: 'UTC', ...fields });

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

test('each chooses per kind where they are told: in the page, by mail, or not at all (AG-7)', async () => {
  await forget();
  const saved = await choose(cast.bob, { 'page-mention': 'on', 'mail-mention': '', 'mail-comment': 'daily' });
  assert.equal(saved.status, 303);
  const page = (await cast.bob.browser.get(`${home}/preferences`)).text;
  assert.match(page, /name="page-mention" value="on" checked/);
  assert.doesNotMatch(page, /name="page-comment" value="on" checked/);
  await tellBob({ kind: 'mention' });
  await tellBob({ kind: 'comment', title: 'A word' });
  await tellBob({ kind: 'assigned' });
  const kept = (await rowsOf(cast.bob.id)).map(({ kind, in_page, mail }) => [kind, in_page, mail]);
  assert.deepEqual(kept, [
    ['mention', true, null],
    ['comment', false, 'daily'],
  ]);
  assert.doesNotMatch((await cast.bob.browser.get(`${home}?show=all`)).text, /A word/);
  // What waits for its mail follows a later choice.
  await choose(cast.bob, { 'page-mention': 'on', 'mail-mention': '' });
  assert.equal((await rowsOf(cast.bob.id))[1]?.mail, null);
  assert.equal((await eventsNamed(cast, cast.acme, 'notification-preferences.updated')).length, 2);
  const wrong: Record<string, string>[] = [{ 'mail-mention': 'often' }, { hour: '24' }, { timeZone: 'Mars/Olympus' }];
  for (const fields of wrong) {
    assert.equal((await choose(cast.bob, fields)).status, 422);
  }
  await admin(`delete from ${cast.acme.id}.notification_preferences`);
});

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

test('the bell is told as it changes, to its person only, and ends with the session (AG-7, CR-5)', async () => {
  await forget();
  const another = newPerson(cast.server);
  await signIn(another, 'bob');
  const [bobs, alices] = [
    await openStream(another, '/w/acme/live'),
    await openStream(cast.alice.browser, '/w/acme/live'),
  ];
  assert.equal((await bobs.until('unread')).data.unread, 0);
  assert.equal((await alices.until('unread')).data.unread, 0);
  await tellBob();
  assert.equal((await bobs.until('unread')).data.unread, 1);
  assert.equal(alices.seen.filter(({ event }) => event === 'unread').length, 1);
  const [row] = await rowsOf(cast.bob.id);
  await cast.bob.browser.submit(home, {}, `${home}/${row?.id}/opening`);
  assert.equal((await bobs.until('unread')).data.unread, 0);
  await another.submit('/profile', {}, '/sign-out');
  assert.equal((await bobs.rest()).filter(({ event }) => event === 'unread').length, 3, 'nothing more');
  const refused = await openStream(another, '/w/acme/live');
  assert.equal(refused.response.status, 401);
  alices.cut();
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

test('who added a document hears that it can be searched, when that took long, or that it failed (KB-1, AG-7)', async () => {
  const { pasteDocument } = await import('../../../src/features/knowledge/actions.js');
  const { giveUpIndexing, indexWords } = await import('../../../src/features/knowledge/search/indexing/words.js');
  const indexing: TenantContext = {
    ...systemIn(),
    actor: { kind: 'system', name: 'knowledge.index', may: ['knowledge.update'] },
  };
  const add = async (title: string, seconds: number) => {
    const id = await pasteDocument(cast.bob.context, { title, text: 'Lamps give light.' });
    const shift = `update ${cast.acme.id}.documents set created_at = created_at - make_interval(secs => $1) where id = $2`;
    await admin(shift, [seconds, id]);
    return id;
  };
  await forget();
  await indexWords(indexing, await add('At once', 0));
  assert.deepEqual(await rowsOf(cast.bob.id), []);
  const [one, other, failing] = [await add('One', 300), await add('Other', 300), await add('Torn', 7000)];
  await indexWords(indexing, one);
  assert.deepEqual(await rowsOf(cast.bob.id), [], 'the other one is still being read');
  await indexWords(indexing, other);
  await giveUpIndexing(indexing, failing);
  const { text } = await cast.bob.browser.get(home);
  assert.match(text, /2 documents can be searched now/);
  assert.match(text, /“Torn” could not be read/);
  assert.equal((await rowsOf(cast.bob.id)).length, 2);
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
