import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eraseLeft } from '../../../src/features/members/leaving/actions.js';
import type { TenantContext } from '../../../src/tenancy/context.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { mailsTo } from '../accounts/people.js';
import { get, makeSpace, post, write } from '../pages/writing.js';
import { type Member, openTeam, type Team } from './team.js';

let server: TestServer;
let acme: Team;
let alice: Member;
let ada: Member;
const rows = async (text: string, values: unknown[] = []) => (await server.database.admin.query(text, values)).rows;
const count = async (from: string, values: unknown[] = []) =>
  Number((await rows(`select count(*) from ${acme.tenantId}.${from}`, values))[0].count);

before(async () => {
  server = await startTestServer({ tenants: 3 });
  acme = await openTeam(server, 'Acme', 'alice');
  alice = acme.owner;
  ada = await acme.join('ada', 'admin');
});
after(() => server?.close());

const daytime = { startDate: '2026-11-23', startTime: '10:00', endTime: '11:00', timeZone: 'UTC' };

interface Furnished {
  readonly member: Member;
  readonly diary: string;
  readonly shared: string;
}

/** A member with something of every kind: private, shared with ada, and made for everybody. */
async function furnish(name: string): Promise<Furnished> {
  const member = await acme.join(name, 'member');
  const agent = (await rows(`select id from ${acme.tenantId}.agents limit 1`))[0].id;
  const diary = await makeSpace(acme, member, `Diary of ${name}`, 'private');
  await write(acme, member, { space: diary, title: `Confession of ${name}`, body: 'I broke the turbine.' });
  const shared = await makeSpace(acme, member, 'The two of us', 'private');
  await post(acme, member, `/spaces/${shared}/people`, { account: ada.id });
  await post(acme, member, `/spaces/${diary}/pages/draft`, { title: 'Half', body: 'typed' });
  await post(acme, member, '/conversations', { text: `What does ${name} ask?`, agent });
  const told = await post(acme, member, '/conversations', { text: `For ada from ${name}`, agent });
  await post(acme, member, `${told.location.replace(acme.home, '')}/sharing`, { username: 'ada' });
  await post(acme, member, '/tasks', { title: `Task of ${name}` });
  await post(acme, member, '/calendar/events', { ...daytime, title: `Dentist of ${name}`, visibility: 'private' });
  await post(acme, member, '/calendar/events', { ...daytime, title: `Fair of ${name}`, visibility: 'team' });
  return { member, diary, shared };
}

const systemIn = (): TenantContext => ({
  ...{ tenant: acme.context.tenant, trigger: 'job', requestId: 'test-job' },
  actor: { kind: 'system', name: 'members.erase', may: ['members.delete'] },
});

async function privateOf({ member, diary }: Furnished): Promise<number[]> {
  return [
    await count('conversations where account_id = $1', [member.id]),
    await count('spaces where id = $1', [diary]),
    await count('pages where space_id = $1', [diary]),
    await count('page_drafts where account_id = $1', [member.id]),
    await count(`calendar_events where account_id = $1 and visibility = 'private'`, [member.id]),
  ];
}

test('before somebody goes, each kind of thing of theirs is named with what becomes of it (MB-5)', async () => {
  const { member } = await furnish('bob');
  const own = await get(acme, member, '/members/departure');
  assert.equal(own.status, 200);
  const shown = await get(acme, alice, `/members/${member.id}/removal`);
  for (const text of [own.text, shown.text]) {
    assert.match(text, /Stays in the workspace[\s\S]+1 private space in which others are[\s\S]+1 task that /);
    assert.match(text, /1 event of the calendar that others see[\s\S]+1 conversation for those they are shared with/);
    assert.match(text, /then deleted[\s\S]+1 private conversation<[\s\S]+1 private space in which nobody else is/);
    assert.match(text, /1 private event<[\s\S]+1 draft of pages/);
    assert.doesNotMatch(text, /Confession|Diary|Dentist/);
  }
  const refused = await get(acme, ada, `/members/${member.id}/removal`);
  assert.match(refused.text, /You cannot hand over their private spaces/, 'an admin, unless the workspace lets them');
});

test('what was theirs alone is closed to all, waits thirty days, and a job deletes it (MB-5)', async () => {
  const furnished = await furnish('carl');
  const { member, diary, shared } = furnished;
  assert.equal((await post(acme, alice, `/members/${member.id}/removal`)).status, 303);
  assert.equal((await get(acme, alice, `/spaces/${diary}`)).status, 404);
  assert.equal((await get(acme, ada, `/spaces/${shared}`)).status, 200, 'who shares a space goes on with it');
  assert.deepEqual(await privateOf(furnished), [2, 1, 1, 1, 1]);
  assert.match((await get(acme, alice, '/members/departures')).text, /<bdi>carl<\/bdi>[\s\S]+1 private space/);
  const [job] = await rows(
    `select run_at > now() + interval '29 days' as later from graphile_worker._private_jobs where key = $1`,
    [`${acme.tenantId}:erase ${member.id}`],
  );
  assert.equal(job.later, true);
  await eraseLeft(systemIn(), member.id);
  assert.deepEqual(await privateOf(furnished), [2, 1, 1, 1, 1], 'not a day too early');
  await rows(`update ${acme.tenantId}.departures set erase_at = now() where account_id = $1`, [member.id]);
  await eraseLeft(systemIn(), member.id);
  assert.deepEqual(await privateOf(furnished), [1, 0, 0, 0, 0], 'the conversation that ada may read stays');
  const events = await acme.events();
  const erased = events.find(({ event, subjectId }) => event === 'member.erased' && subjectId === member.id);
  assert.deepEqual(erased?.details, { conversations: 1, spaces: 1, events: 1, drafts: 1 });
  assert.equal(await count('tasks where account_id = $1', [member.id]), 1);
});

test('whoever is back in time finds it as it was (MB-5)', async () => {
  const furnished = await furnish('dina');
  const { member, diary } = furnished;
  assert.equal((await post(acme, member, '/members/departure')).status, 303);
  await rows(`insert into shared.memberships (tenant_id, account_id, role) values ($1, $2, 'member')`, [
    acme.tenantId,
    member.id,
  ]);
  await rows(`update ${acme.tenantId}.departures set erase_at = now() where account_id = $1`, [member.id]);
  assert.doesNotMatch((await get(acme, alice, '/members/departures')).text, /dina/);
  await eraseLeft(systemIn(), member.id);
  assert.deepEqual(await privateOf(furnished), [2, 1, 1, 1, 1]);
  assert.equal(await count('departures where account_id = $1', [member.id]), 0);
  assert.equal(await count('space_people where space_id = $1 and account_id = $2', [diary, member.id]), 1);
});

test('who leaves hands private spaces to a member they choose; nobody else of the workspace sees them (MB-5)', async () => {
  const { member, diary } = await furnish('emil');
  const missing = await post(acme, member, '/members/departure', { spaces: 'hand-over', heir: '' });
  assert.equal(missing.status, 422);
  assert.match(missing.text, /Choose a member\./);
  const stranger = await acme.join('stranger');
  for (const heir of [stranger.id, member.id]) {
    assert.equal((await post(acme, member, '/members/departure', { spaces: 'hand-over', heir })).status, 422);
  }
  assert.equal(await acme.roleOf(member), 'member', 'and nobody has left');
  assert.equal((await post(acme, member, '/members/departure', { spaces: 'hand-over', heir: ada.id })).status, 303);
  assert.match((await get(acme, ada, `/spaces/${diary}`)).text, /Confession of emil/);
  assert.equal((await get(acme, alice, `/spaces/${diary}`)).status, 404);
  const people = await get(acme, ada, `/spaces/${diary}/people`);
  assert.match(people.text, /Let them in/, 'and is its maker now');
  const handed = (await acme.events()).find(
    ({ event, subjectId }) => event === 'space.handed-over' && subjectId === diary,
  );
  assert.deepEqual([handed?.actorName, handed?.details.to], ['emil', ada.id]);
});

test('who removes somebody hands over only what the workspace lets them look into (MB-5, IS-5)', async () => {
  const { member, diary } = await furnish('fred');
  const asked = { spaces: 'hand-over', heir: ada.id };
  assert.equal((await post(acme, ada, `/members/${member.id}/removal`, asked)).status, 403);
  assert.equal(await acme.roleOf(member), 'member', 'all or nothing');
  assert.equal((await post(acme, ada, `/members/${member.id}/removal`)).status, 303);
  const later = `/members/departures/${member.id}/heir`;
  assert.equal((await post(acme, ada, later, { heir: ada.id })).status, 403);
  assert.equal((await post(acme, alice, later, { heir: '' })).status, 422);
  assert.equal((await post(acme, alice, later, { heir: ada.id })).status, 303);
  assert.match((await get(acme, ada, `/spaces/${diary}`)).text, /Confession of fred/);
  assert.equal((await get(acme, alice, `/spaces/${diary}`)).status, 404);
});

test('with the account everything private goes at once, and what is shared has no name any more (AC-9, MB-5)', async () => {
  const furnished = await furnish('gina');
  const { member } = furnished;
  const [kept] = await rows(
    `select m.id, m.conversation_id from ${acme.tenantId}.messages m join ${acme.tenantId}.conversations c
     on c.id = m.conversation_id where c.account_id = $1 and not exists (
       select from ${acme.tenantId}.conversation_shares s where s.conversation_id = c.id)`,
    [member.id],
  );
  assert.ok(kept);
  await rows(
    `insert into ${acme.tenantId}.usage_calls
       (id, month, account_id, purpose, provider, model, state, tokens_in, tokens_out, estimated)
     values (gen_random_uuid(), current_date, $1, 'chat', 'groq', 'gina-once', 'done', 1, 1, false)`,
    [member.id],
  );
  await rows(`insert into ${acme.tenantId}.usage_limits (holder, tokens) values ($1, 5)`, [member.id]);
  const gone = await member.person.submit('/profile/data', { typed: 'gina' }, '/profile/data/deletion');
  assert.equal(gone.status, 303, gone.text);
  assert.deepEqual(await privateOf(furnished), [1, 0, 0, 0, 0]);
  assert.equal(await count('messages where id = $1', [kept.id]), 0);
  assert.equal(await count('tool_calls where message_id = $1', [kept.id]), 0);
  for (const table of ['space_people', 'calendar_preferences', 'notifications', 'departures']) {
    assert.equal(await count(`${table} where account_id = $1`, [member.id]), 0, table);
  }
  for (const table of ['tasks', 'task_entries', 'calendar_versions', 'conversation_shares', 'pages', 'notifications']) {
    const [found] = await rows(`select count(*) from ${acme.tenantId}.${table} t where t::text like '%gina%'`);
    assert.equal(Number(found.count), 0, table);
  }
  assert.equal(await count(`usage_calls where model = 'gina-once' and account_id is null`), 1, 'the sum stays');
  assert.equal(await count('usage_limits where holder = $1', [member.id]), 0);
  assert.match((await get(acme, ada, '/conversations/shared')).text, /A former member/);
  assert.ok((await mailsTo(server, 'gina@acme.test')).some(({ subject }) => /was deleted/.test(subject)));
});
