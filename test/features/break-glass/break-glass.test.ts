import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPrivate } from '../../../src/features/break-glass/actions.js';
import { unsubscribeLink } from '../../../src/features/notifications/unsubscribing/link.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { makeStale } from '../accounts/factors.js';
import { mailsTo, newPerson } from '../accounts/people.js';
import { type Member, openTeam, type Team } from '../members/team.js';
import { agentFor, call, get, makeSpace, post, write } from '../pages/writing.js';

let server: TestServer;
let acme: Team;
let globex: Team;
let alice: Member;
let ada: Member;
let bob: Member;
let dan: Member;
let diary: string;
let other: string;
let page: string;
let conversation: string;
const rows = async (text: string, values: unknown[] = []) => (await server.database.admin.query(text, values)).rows;

before(async () => {
  server = await startTestServer({ tenants: 3 });
  acme = await openTeam(server, 'Acme', 'alice');
  globex = await openTeam(server, 'Globex', 'charlie');
  alice = acme.owner;
  ada = await acme.join('ada', 'admin');
  bob = await acme.join('bob', 'member');
  dan = await acme.join('dan', 'member');
  diary = await makeSpace(acme, bob, 'Diary', 'private');
  page = await write(acme, bob, { space: diary, title: 'Confession', body: 'I broke the turbine.' });
  other = await makeSpace(acme, bob, 'Other', 'private');
  await write(acme, bob, { space: other, title: 'Closed', body: 'Never read.' });
  await post(acme, bob, `/spaces/${diary}/people`, { account: dan.id });
  const agent = (await rows(`select id from ${acme.tenantId}.agents limit 1`))[0].id;
  const asked = await post(acme, bob, '/conversations', { text: 'What about the turbine?', agent });
  conversation = asked.location.split('/').at(-1) ?? '';
});
after(() => server?.close());

const reason = 'The insurer asks what happened on Monday';
const open = (by: Member, what: string, why = reason) =>
  post(acme, by, `/members/${bob.id}/access`, { what, reason: why });
const idIn = (location: string) => location.split('/').at(-1) ?? '';
const eventsNamed = async (name: string) => (await acme.events()).filter(({ event }) => event === name);

test('an owner opens one private space for an hour, and everybody whose it is learns it at once (IS-5)', async () => {
  const unsaid = await open(alice, `space:${diary}`, 'because');
  assert.equal(unsaid.status, 422);
  assert.match(unsaid.text, /at least 10 characters/);
  assert.doesNotMatch((await get(acme, alice, `/members/${bob.id}/access`)).text, /Confession|Diary|turbine/);
  const answer = await open(alice, `space:${diary}`);
  assert.equal(answer.status, 303, answer.text);
  const id = idIn(answer.location);
  assert.match((await get(acme, alice, `/access/${id}/content`)).text, /Diary[\s\S]+Confession/);
  assert.match((await get(acme, alice, `/access/${id}/pages/${page}`)).text, /I broke the turbine/);
  for (const person of [bob, dan]) {
    const [mail] = (await mailsTo(server, person.email)).filter(({ subject }) => /looks into/.test(subject));
    assert.equal(mail?.subject, 'alice looks into a private space of yours');
    assert.match(mail?.text ?? '', new RegExp(`${reason}[\\s\\S]+/w/acme/access/${id}`));
    assert.equal(mail?.unsubscribe, undefined, 'nobody can turn it off');
    assert.match((await get(acme, person, '/notifications')).text, /alice looks into a private space of yours/);
    assert.match((await get(acme, person, `/access/${id}`)).text, new RegExp(reason));
    assert.match((await get(acme, person, '/access')).text, /Open now/);
  }
  assert.match((await get(acme, bob, `/members/${bob.id}`)).text, new RegExp(reason), 'on their own page');
  const [opened] = await eventsNamed('private-access.opened');
  assert.deepEqual(
    [opened?.category, opened?.actorName, opened?.outcome, opened?.details.owner, opened?.details.told],
    ['security', 'alice', 'done', bob.id, 2],
  );
  assert.equal((await eventsNamed('private-access.looked')).length, 2, 'each look is written down');
  const [row] = await rows(
    `select until - created_at = interval '60 minutes' as hour from ${acme.tenantId}.access_grants`,
  );
  assert.equal(row.hour, true);
});

test('it opens that one thing, to read, to that one person; all else answers as before (IS-5, IS-4)', async () => {
  const [{ id }] = await rows(`select id from ${acme.tenantId}.access_grants where ended_at is null limit 1`);
  const [closed] = await rows(`select id from ${acme.tenantId}.pages where space_id = $1`, [other]);
  const elsewhere = [
    `/spaces/${diary}`,
    `/pages/${page}`,
    `/pages/${page}/edit`,
    `/spaces/${other}`,
    `/pages/${closed.id}`,
  ];
  for (const path of [...elsewhere, `/access/${id}/pages/${closed.id}`, `/conversations/${conversation}`]) {
    assert.equal((await get(acme, alice, path)).status, 404, path);
  }
  const writes: [string, Record<string, string>][] = [
    [`/pages/${page}`, { title: 'Mine', body: 'x', version: '1' }],
    [`/pages/${page}/archive`, {}],
    [`/spaces/${diary}/pages`, { title: 'Mine' }],
    [`/spaces/${diary}/people`, { account: alice.id }],
  ];
  for (const [path, fields] of writes) assert.equal((await post(acme, alice, path, fields)).status, 404, path);
  assert.doesNotMatch((await get(acme, alice, '/pages?q=turbine')).text, /Confession/);
  const guide = (await rows(`select id from ${acme.tenantId}.agents limit 1`))[0].id;
  await assert.rejects(call(agentFor(acme, alice, guide), 'get_page', { page }), /nothing at this address/);
  for (const person of [ada, bob, dan]) {
    assert.equal((await get(acme, person, `/access/${id}/content`)).status, 404, person.name);
    assert.equal((await get(acme, person, `/access/${id}/pages/${page}`)).status, 404, person.name);
  }
  assert.equal((await globex.owner.person.get(`${acme.home}/access/${id}`)).status, 404);
  const agent = agentFor(acme, alice, guide);
  const asked = { what: ['space', other] as ['space', string], reason };
  await assert.rejects(openPrivate(agent, bob.id, asked), /does not let you/, 'no agent, whoever asks it');
});

test('it ends by the clock, by whoever looks, by whose it is, and when nobody may any more (IS-5)', async () => {
  const live = async () => {
    const answer = await open(alice, `conversation:${conversation}`);
    assert.equal(answer.status, 303, answer.text);
    const id = idIn(answer.location);
    assert.match((await get(acme, alice, `/access/${id}/content`)).text, /What about the turbine\?/);
    return id;
  };
  const shut = async (id: string) => assert.equal((await get(acme, alice, `/access/${id}/content`)).status, 404);
  const byClock = await live();
  const past = `update ${acme.tenantId}.access_grants set created_at = created_at - interval '2 hours', until = until - interval '2 hours' where id = $1`;
  await rows(past, [byClock]);
  await shut(byClock);
  const byHer = await live();
  assert.equal((await post(acme, alice, `/access/${byHer}/end`)).status, 303);
  await shut(byHer);
  assert.equal((await post(acme, alice, `/access/${byHer}/end`)).status, 409);
  const byHim = await live();
  assert.equal((await post(acme, dan, `/access/${byHim}/end`)).status, 404, 'it is nothing of his');
  assert.equal((await post(acme, bob, `/access/${byHim}/end`)).status, 303);
  await shut(byHim);
  const byPolicy = await live();
  assert.equal((await post(acme, alice, '/access/policy', { allowed: 'nobody' })).status, 303);
  await shut(byPolicy);
  assert.equal((await open(alice, `conversation:${conversation}`)).status, 403, 'not even an owner');
  await post(acme, alice, '/access/policy', { allowed: 'owners' });
  assert.equal((await get(acme, alice, `/access/${byPolicy}/content`)).status, 200);
});

test('who may is the owner’s choice: an admin only then, a member never; every try is known (IS-5, AC-11, MB-4)', async () => {
  assert.equal((await open(ada, `space:${diary}`)).status, 403);
  const [refused] = (await eventsNamed('private-access.opened'))
    .filter(({ outcome }) => outcome === 'refused')
    .slice(-1);
  assert.deepEqual([refused?.actorName, refused?.subjectId], ['ada', bob.id]);
  assert.equal((await open(dan, `space:${diary}`)).status, 403);
  assert.equal(
    (await post(acme, ada, '/access/policy', { allowed: 'admins' })).status,
    403,
    'and no admin lets herself',
  );
  assert.equal((await post(acme, alice, '/access/policy', { allowed: 'everybody' })).status, 422);
  assert.equal((await post(acme, alice, '/access/policy', { allowed: 'admins' })).status, 303);
  const [changed] = (await eventsNamed('private-access.policy-changed')).slice(-1);
  assert.deepEqual(changed?.details, { from: 'Owners', to: 'Owners and admins' });
  assert.equal((await open(ada, `space:${diary}`)).status, 303);
  await post(acme, alice, '/access/policy', { allowed: 'owners' });
  await makeStale(server, alice.id);
  assert.equal((await open(alice, `space:${diary}`)).status, 403);
  assert.match((await open(alice, `space:${diary}`)).text, /Confirm that it is you/);
});

test('nothing but what is that member’s own, and private, can be named (IS-4)', async () => {
  await rows(
    `update shared.sessions set sess = (sess::jsonb || jsonb_build_object('provenAt', $2::bigint))::json where account_id = $1`,
    [alice.id, Date.now()],
  );
  const team = await makeSpace(acme, bob, 'Hall');
  const foreign = await makeSpace(globex, globex.owner, 'Plans', 'private');
  const ada2 = await makeSpace(acme, ada, 'Ada’s', 'private');
  for (const what of [
    `space:${team}`,
    `space:${foreign}`,
    `space:${ada2}`,
    `conversation:${diary}`,
    'page:x',
    'space:x',
    '',
  ]) {
    assert.equal((await open(alice, what)).status, 422, what);
  }
  const hers = await makeSpace(acme, bob, 'With alice', 'private');
  await post(acme, bob, `/spaces/${hers}/people`, { account: alice.id });
  assert.equal((await open(alice, `space:${hers}`)).status, 409);
  const longer = rows(
    `insert into ${acme.tenantId}.access_grants (id, kind, subject_id, owner_id, owner_name, account_id, account_name, reason, until)
     values (gen_random_uuid(), 'space', $1, $2, 'b', $3, 'a', 'x', now() + interval '61 minutes')`,
    [diary, bob.id, alice.id],
  );
  await assert.rejects(longer, /access_grants_check/, 'the table itself keeps the hour');
});

test('one post without a session stops mails of a kind, and nothing else (AG-7)', async () => {
  const kindsOf = async () =>
    await rows(`select kind, in_page, mail from ${acme.tenantId}.notification_preferences where account_id = $1`, [
      bob.id,
    ]);
  const link = unsubscribeLink({ tenantId: acme.tenantId, accountId: bob.id, kinds: ['mention', 'mention'] });
  const path = new URL(link).pathname;
  assert.doesNotMatch(link, new RegExp(`${bob.id}|${acme.tenantId}`));
  const scanner = newPerson(server);
  const shown = await scanner.get(path);
  assert.match(shown.text, /Stop these mails\?[\s\S]+Mentions/);
  assert.doesNotMatch(shown.text, /bob|Acme/, 'whoever was forwarded the mail learns nothing');
  assert.equal(shown.headers.get('referrer-policy'), 'strict-origin');
  assert.deepEqual(await kindsOf(), [], 'opening it stops nothing');
  const oneClick = { 'List-Unsubscribe': 'One-Click' };
  const provider = (address: string, body: Record<string, string>) =>
    scanner.send(address, { method: 'POST', body: new URLSearchParams(body) });
  assert.equal((await provider(path, {})).status, 422);
  assert.equal((await provider(`${path.slice(0, -4)}AAAA`, oneClick)).status, 404);
  assert.deepEqual(await kindsOf(), []);
  for (let again = 0; again < 2; again += 1) assert.equal((await provider(path, oneClick)).status, 200);
  assert.deepEqual(await kindsOf(), [{ kind: 'mention', in_page: true, mail: null }]);
  const touched = `select distinct account_id from ${acme.tenantId}.notification_preferences`;
  assert.deepEqual(await rows(touched), [{ account_id: bob.id }], 'whoever posts it, it means who was mailed');
  assert.equal((await eventsNamed('notification-mails.stopped')).length, 2);
  const stranger = unsubscribeLink({ tenantId: acme.tenantId, accountId: globex.owner.id, kinds: ['mention'] });
  assert.equal((await provider(new URL(stranger).pathname, oneClick)).status, 200);
  assert.equal((await eventsNamed('notification-mails.stopped')).length, 2);
});
