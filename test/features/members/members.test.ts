import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { startTestServer, type TestServer } from '../../support/server.js';
import { act, openTeam, type Team } from './team.js';

let server: TestServer;
let acme: Team;
let globex: Team;

before(async () => {
  server = await startTestServer({ tenants: 3 });
  acme = await openTeam(server, 'Acme', 'alice');
  globex = await openTeam(server, 'Globex', 'charlie');
});
after(() => server?.close());

test('the list shows who is in this workspace and nobody of another (MB-1, IS-4)', async () => {
  const bob = await acme.join('bob', 'member');
  const { text, status } = await bob.person.get(`${acme.home}/members`);
  assert.equal(status, 200);
  assert.match(text, /alice@acme\.test/);
  assert.match(text, /bob@acme\.test/);
  assert.doesNotMatch(text, /charlie/);
  assert.doesNotMatch(text, /Invite somebody|\/removal|\/role"/, 'a member sees no control that would refuse them');
});

test('many members are searched, filtered and paged, and the search takes its words literally', async () => {
  const team = await openTeam(server, 'Crowded', 'host');
  await server.database.admin.query(
    `with people as (
       insert into shared.accounts (id, email, username, name, password_hash)
       select gen_random_uuid(), 'm' || n || '@crowd.test', 'm' || n, 'Person ' || lpad(n::text, 3, '0') || '%', 'x'
       from generate_series(1, 120) n
       returning id, username
     )
     insert into shared.memberships (tenant_id, account_id, role)
     select $1, id, case when username in ('m7', 'm8') then 'admin' else 'member' end from people`,
    [team.tenantId],
  );
  const find = async (query: string) => {
    const { text, status } = await team.owner.person.get(`${team.home}/members?${query}`);
    assert.equal(status, 200, query);
    return { text, names: [...text.matchAll(/class="main-cell"><a [^>]*><bdi>([^<]*)</g)].map(([, name]) => name) };
  };
  const first = await find('');
  assert.equal(first.names.length, 50);
  assert.match(first.text, /1–50 of 121/);
  assert.match(first.text, /<caption>121 members</);
  const pages = [first, await find('page=2'), await find('page=3')].flatMap(({ names }) => names);
  assert.equal(new Set(pages).size, 121);
  assert.deepEqual((await find('q=M7%40CROWD')).names, ['Person 007%']);
  assert.deepEqual((await find('role=admin')).names, ['Person 007%', 'Person 008%']);
  assert.equal((await find('q=%25&role=owner')).names.length, 0);
  assert.match((await find('q=nobody-of-this-name')).text, /Nobody matches/);
  for (const odd of ['q=%00', 'q=a&q=b', 'role=root', 'page=-1', 'page=x', 'page=99999']) await find(odd);
});

test('a changed role counts on the very next request, both ways (MB-3)', async () => {
  const member = await acme.join('rising', 'member');
  assert.equal((await member.person.get(`${acme.home}/audit`)).status, 403);
  const answer = await act(acme, acme.owner, `/members/${member.id}/role`, { role: 'admin' });
  assert.deepEqual([answer.status, answer.location], [303, `${acme.home}/members`]);
  assert.equal((await member.person.get(`${acme.home}/audit`)).status, 200);
  await act(acme, acme.owner, `/members/${member.id}/role`, { role: 'member' });
  assert.equal((await member.person.get(`${acme.home}/audit`)).status, 403);
});

test('a removed member is out on the very next request, whatever they had open (MB-5)', async () => {
  const gone = await acme.join('gone', 'admin');
  const token = await gone.person.token(`${acme.home}/members`);
  assert.equal((await act(acme, acme.owner, `/members/${gone.id}/removal`)).status, 303);
  for (const path of ['', '/members', '/audit', '/settings', '/knowledge', '/conversations']) {
    assert.equal((await gone.person.get(`${acme.home}${path}`)).status, 404, path);
  }
  const late = await gone.person.post(`${acme.home}/members/invitations`, {
    email: 'friend@acme.test',
    role: 'admin',
    _csrf: token,
  });
  assert.equal(late.status, 404);
  assert.equal((await gone.person.get('/workspaces')).status, 200, 'the account itself stays');
});

test('an admin touches no owner and makes none (MB-3)', async () => {
  const admin = await acme.join('adam', 'admin');
  const before = (await acme.events()).length;
  const tries = [
    [`/members/${acme.owner.id}/role`, { role: 'member' }],
    [`/members/${acme.owner.id}/role`, { role: 'owner' }],
    [`/members/${acme.owner.id}/removal`, {}],
    [`/members/${admin.id}/role`, { role: 'owner' }],
    ['/members/invitations', { email: 'crony@acme.test', role: 'owner' }],
  ] as const;
  for (const [action, fields] of tries) assert.equal((await act(acme, admin, action, fields)).status, 403, action);
  assert.equal(await acme.roleOf(acme.owner), 'owner');
  assert.equal(await acme.roleOf(admin), 'admin');
  const refused = (await acme.events()).slice(before);
  assert.deepEqual(
    refused.map(({ event, outcome, actorName, details }) => [event, outcome, actorName, details.reason]),
    [
      ['member.role-changed', 'refused', 'adam', 'rank'],
      ['member.role-changed', 'refused', 'adam', 'rank'],
      ['member.removed', 'refused', 'adam', 'rank'],
      ['member.role-changed', 'refused', 'adam', 'rank'],
      ['member.invited', 'refused', 'adam', 'rank'],
    ],
  );
});

test('a member may invite, change and remove nobody, and the tries are written down (MB-4, AU-1)', async () => {
  const member = await acme.join('eager', 'member');
  const before = (await acme.events()).length;
  const tries = [
    ['/members/invitations', { email: 'x@acme.test', role: 'member' }],
    [`/members/${acme.owner.id}/role`, { role: 'member' }],
    [`/members/${acme.owner.id}/removal`, {}],
  ] as const;
  for (const [action, fields] of tries) assert.equal((await act(acme, member, action, fields)).status, 403, action);
  const refused = (await acme.events()).slice(before);
  assert.deepEqual(
    refused.map(({ event, outcome, subjectId, actorName }) => [event, outcome, subjectId, actorName]),
    [
      ['permission.refused', 'refused', 'members.create', 'eager'],
      ['permission.refused', 'refused', 'members.update', 'eager'],
      ['permission.refused', 'refused', 'members.delete', 'eager'],
    ],
  );
});

test('ids of another workspace, of nobody and of no form are not found (IS-4)', async () => {
  for (const id of [globex.owner.id, randomUUID(), 'x', '1', 'null', `${acme.owner.id}'`]) {
    const named = encodeURIComponent(id);
    const changed = await act(acme, acme.owner, `/members/${named}/role`, { role: 'member' });
    const removed = await act(acme, acme.owner, `/members/${named}/removal`);
    const shown = await acme.owner.person.get(`${acme.home}/members/${named}/removal`);
    assert.deepEqual([changed.status, removed.status, shown.status], [404, 404, 404], id);
  }
  assert.equal(await globex.roleOf(globex.owner), 'owner');
});

test('a role that is none changes nothing and keeps the page (MB-3)', async () => {
  const member = await acme.join('steady', 'member');
  for (const role of ['', 'root', 'Owner', 'owner ']) {
    const answer = await act(acme, acme.owner, `/members/${member.id}/role`, { role });
    assert.equal(answer.status, 422, role);
    assert.match(answer.text, /Choose a role\./);
  }
  assert.equal(await acme.roleOf(member), 'member');
});

test('the last owner can neither leave, step down nor be removed, and is told where to go on (MB-6)', async () => {
  const { owner } = globex;
  const before = (await globex.events()).length;
  const tries = [
    ['/members/departure', {}],
    [`/members/${owner.id}/role`, { role: 'member' }],
  ] as const;
  for (const [action, fields] of tries) {
    const answer = await act(globex, owner, action, fields);
    assert.equal(answer.status, 409);
    assert.match(answer.text, /A workspace needs an owner\. Make somebody else an owner first\./);
  }
  const own = await act(globex, owner, `/members/${owner.id}/removal`);
  assert.equal(own.location, `${globex.home}/members/departure`, 'one leaves by the page for leaving');
  assert.equal(await globex.roleOf(owner), 'owner');
  const refused = (await globex.events()).slice(before);
  assert.deepEqual(
    refused.map(({ event, outcome, details }) => [event, outcome, details.reason]),
    [
      ['member.left', 'refused', 'last owner'],
      ['member.role-changed', 'refused', 'last owner'],
    ],
  );
});

test('an owner hands over and leaves (MB-6)', async () => {
  const team = globex;
  const heir = await team.join('heir', 'member');
  await act(team, team.owner, `/members/${heir.id}/role`, { role: 'owner' });
  const left = await act(team, team.owner, '/members/departure');
  assert.deepEqual([left.status, left.location], [303, '/']);
  assert.match((await team.owner.person.get('/workspaces')).text, /You have left Globex\./);
  assert.equal((await team.owner.person.get(team.home)).status, 404);
  assert.equal(await team.roleOf(heir), 'owner');
});

test('every act names who, from where, by which request, and nothing twice (AU-1)', async () => {
  const before = (await acme.events()).length;
  const member = await acme.join('written', 'member');
  const changed = await act(acme, acme.owner, `/members/${member.id}/role`, { role: 'admin' });
  await act(acme, acme.owner, `/members/${member.id}/role`, { role: 'admin' });
  const removed = await act(acme, acme.owner, `/members/${member.id}/removal`);
  const events = (await acme.events()).slice(before).filter(({ category }) => category === 'member');
  assert.deepEqual(
    events.map(({ event, subjectId, requestId, details: { eraseOn: _, ...details } }) => ({
      ...{ event, subjectId, requestId, details },
    })),
    [
      {
        event: 'member.role-changed',
        subjectId: member.id,
        requestId: changed.headers.get('x-request-id'),
        details: { from: 'member', to: 'admin', withdrawn: 0 },
      },
      {
        event: 'member.removed',
        subjectId: member.id,
        requestId: removed.headers.get('x-request-id'),
        details: { role: 'admin', withdrawn: 0, handedOver: 0 },
      },
    ],
  );
  for (const event of events) {
    assert.deepEqual([event.actorName, event.accountId], ['alice', acme.owner.id]);
    assert.equal(event.address, acme.owner.person.address);
  }
});
