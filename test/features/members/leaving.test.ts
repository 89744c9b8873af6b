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

test('the only owner is told before they try to leave, and one of two is not (MB-6)', async () => {
  const told = (await get(acme, alice, '/members/departure')).text;
  assert.match(told, /You are its only owner/);
  assert.doesNotMatch(told, /Leave the workspace/);
  const become = (role: string) =>
    rows('update shared.memberships set role = $3 where tenant_id = $1 and account_id = $2', [
      ...[acme.tenantId, ada.id, role],
    ]);
  await become('owner');
  assert.match((await get(acme, alice, '/members/departure')).text, /Leave the workspace/);
  await become('admin');
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

/** A conversation of somebody's, and who else may read it. */
async function conversationOf(owner: Member, ...readers: Member[]): Promise<string> {
  const agent = (await rows(`select id from ${acme.tenantId}.agents limit 1`))[0].id;
  const asked = await post(acme, owner, '/conversations', { text: 'For few.', agent });
  const path = asked.location.replace(acme.home, '');
  for (const { name } of readers) await post(acme, owner, `${path}/sharing`, { username: name });
  return path.split('/').at(-1) ?? '';
}

const isThere = async (id: string) => (await count('conversations where id = $1', [id])) === 1;
const daysAreOver = async ({ id }: Member) => {
  await rows(`update ${acme.tenantId}.departures set erase_at = now() where account_id = $1`, [id]);
  await eraseLeft(systemIn(), id);
};

test('a conversation is kept for those who can read it, and goes when the last of them and its owner have left (MB-5)', async () => {
  const [hugo, rita] = [await acme.join('hugo', 'member'), await acme.join('rita', 'member')];
  const theirs = await conversationOf(hugo, rita);
  const [withAda, ofAlice] = [await conversationOf(hugo, rita, ada), await conversationOf(alice, rita)];
  const reads = async (member: Member, id: string) => (await get(acme, member, `/conversations/${id}/shared`)).status;
  await post(acme, alice, `/members/${hugo.id}/removal`);
  await daysAreOver(hugo);
  assert.equal(await reads(rita, theirs), 200, 'its owner is gone, its reader is not');
  assert.equal(await reads(alice, theirs), 404, 'nobody else reads it, the owner of the workspace neither');

  const last = /1 conversation of former members that nobody else can read/;
  assert.match((await get(acme, rita, '/members/departure')).text, last);
  assert.match((await get(acme, alice, `/members/${rita.id}/removal`)).text, last);
  await post(acme, rita, '/members/departure');
  await eraseLeft(systemIn(), rita.id);
  assert.equal(await isThere(theirs), true, 'its owner could come back for thirty days');
  await daysAreOver(rita);
  assert.equal(await isThere(theirs), false);
  assert.equal(await count('messages where conversation_id = $1', [theirs]), 0);
  assert.equal(await reads(ada, withAda), 200, 'somebody still reads this one');
  assert.equal(await isThere(ofAlice), true, 'and this one is of a member');
  const events = await acme.events();
  const erased = events.find(({ event, subjectId }) => event === 'member.erased' && subjectId === rita.id);
  assert.equal(erased?.details.conversationsOfOthers, 1);
});

test('what somebody shared only with people who are not there any more waits and goes as what was theirs alone (MB-5)', async () => {
  const [ivan, jane] = [await acme.join('ivan', 'member'), await acme.join('jane', 'member')];
  const shared = await conversationOf(ivan, jane);
  await post(acme, alice, `/members/${jane.id}/removal`);
  assert.equal(await count('conversation_shares where account_id = $1', [jane.id]), 0);
  // As it was left by those who went before shares went with them, one of whom is a member again.
  const join = 'insert into shared.memberships (tenant_id, account_id, role, joined_at) values ($1, $2, $3, now())';
  const share = `insert into ${acme.tenantId}.conversation_shares (conversation_id, account_id, account_name, owner_name, created_at)
    values ($1, $2, 'of before', 'ivan', now() - interval '1 minute')`;
  const [gone, back] = [await acme.join('gone'), await acme.join('back')];
  for (const { id } of [gone, back]) await rows(share, [shared, id]);
  await rows(join, [acme.tenantId, back.id, 'member']);
  assert.equal((await get(acme, back, `/conversations/${shared}/shared`)).status, 404);
  await post(acme, alice, `/members/${ivan.id}/removal`);
  await eraseLeft(systemIn(), ivan.id);
  assert.equal(await isThere(shared), true, 'not a day too early');
  await daysAreOver(ivan);
  assert.equal(await isThere(shared), false);
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
