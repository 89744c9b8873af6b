import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestServer, type TestServer } from '../../support/server.js';
import { type Member, openTeam, type Team } from '../members/team.js';
import { agentFor, asked, call, get, makeSpace, post, write } from '../pages/writing.js';

let server: TestServer;
let acme: Team;
let globex: Team;
/** Bob is a member and keeps a private space; alice owns acme, ada is an admin of it, dan may use it only. */
let alice: Member;
let ada: Member;
let bob: Member;
let dan: Member;
let guide: string;
let space: string;
let page: string;
const rows = async (text: string, values: unknown[] = []) => (await server.database.admin.query(text, values)).rows;

before(async () => {
  server = await startTestServer({ tenants: 4 });
  acme = await openTeam(server, 'Acme', 'alice');
  globex = await openTeam(server, 'Globex', 'charlie');
  alice = acme.owner;
  ada = await acme.join('ada', 'admin');
  bob = await acme.join('bob', 'member');
  dan = await acme.join('dan', 'user');
  guide = (await rows(`select id from ${acme.tenantId}.agents limit 1`))[0].id;
  space = await makeSpace(acme, bob, 'Bob’s diary', 'private');
  page = await write(acme, bob, { space, title: 'Confession', body: 'I broke the turbine.' });
});
after(() => server?.close());

const ofPage = ['', '/edit', '/place', '/archive', '/deletion', '/versions', '/versions/1', '/inside'];
const ofSpace = ['', '/edit', '/people', '/archive', '/deletion', '/pages/new'];
const acts = (): [string, Record<string, string>][] => [
  [`/pages/${page}`, { title: 'Mine', body: 'x', version: '1' }],
  [`/pages/${page}/draft`, { title: 'Mine', body: 'x', version: '1' }],
  [`/pages/${page}/place`, { space, parent: '' }],
  [`/pages/${page}/order`, { to: 'up' }],
  [`/pages/${page}/archive`, {}],
  [`/pages/${page}/restoration`, {}],
  [`/pages/${page}/deletion`, {}],
  [`/pages/${page}/versions/1/restoration`, { version: '1' }],
  [`/spaces/${space}`, { name: 'Ours', version: '1' }],
  [`/spaces/${space}/pages`, { title: 'In it' }],
  [`/spaces/${space}/pages/draft`, { title: 'In it' }],
  [`/spaces/${space}/people`, { account: alice.id }],
  [`/spaces/${space}/people/${bob.id}/removal`, {}],
  [`/spaces/${space}/deletion`, { typed: 'Bob’s diary' }],
];

test('a private space is not there for anybody else: not for owners, admins or another workspace (IS-4, IS-5)', async () => {
  const state = async () =>
    JSON.stringify(
      await rows(
        `select (select json_agg(p) from ${acme.tenantId}.pages p) as p, (select json_agg(s) from ${acme.tenantId}.spaces s) as s, (select count(*) from ${acme.tenantId}.page_drafts) as d`,
      ),
    );
  const before = await state();
  for (const [team, member] of [
    [acme, alice],
    [acme, ada],
    [globex, globex.owner],
  ] as const) {
    for (const path of [
      ...ofPage.map((each) => `/pages/${page}${each}`),
      ...ofSpace.map((each) => `/spaces/${space}${each}`),
    ]) {
      const { status, text } = await get(team, member, path);
      assert.equal(status, 404, `${member.name} ${path}`);
      assert.doesNotMatch(text, /Confession|turbine|diary/);
    }
    for (const [path, fields] of acts())
      assert.equal((await post(team, member, path, fields)).status, 404, `${member.name} ${path}`);
  }
  assert.equal(await state(), before);
});

test('no list, search, choice, count or link of others knows of it (IS-5)', async () => {
  const own = await makeSpace(acme, alice, 'Board');
  const other = await write(acme, alice, { space: own, title: 'Open', body: 'The turbine runs. [[Confession]]' });
  const places = [
    '/pages',
    '/pages?q=turbine',
    '/pages?q=confession',
    `/pages?space=${space}`,
    `/pages?before=${page}`,
    `/spaces/${own}`,
    `/spaces/${own}?archived=${page}`,
    `/pages/${other}`,
    `/pages/${other}/place?space=${own}`,
    `/spaces/${own}/pages/new`,
  ];
  for (const member of [alice, ada]) {
    for (const path of places) {
      const { text, status } = await get(acme, member, path);
      assert.equal(status, 200, path);
      assert.doesNotMatch(text, new RegExp(`broke the|diary|${page}|/spaces/${space}`), `${member.name} ${path}`);
    }
  }
  for (const query of [`space=${space}`, `in=${page}`]) {
    assert.equal((await get(acme, alice, `/pages/${other}/place?${query}`)).status, 404, query);
  }
  assert.equal((await post(acme, alice, `/pages/${other}/place`, { space, parent: '' })).status, 404);
  assert.equal((await post(acme, alice, `/spaces/${own}/pages`, { title: 'x', parent: page })).status, 404);
});

test('no tool of an agent that another person asked reaches it, whoever they are (IS-5, AG-4)', async () => {
  for (const member of [alice, ada]) {
    const agent = agentFor(acme, member, guide);
    assert.doesNotMatch(JSON.stringify(await call(agent, 'list_spaces', {})), /diary/);
    for (const given of [{}, { words: 'turbine' }, { space }]) {
      assert.doesNotMatch(JSON.stringify(await call(agent, 'list_pages', given)), /Confession|diary/);
    }
    for (const [name, given] of [
      ['get_page', { page }],
      ['create_page', { space, title: 'x', text: '' }],
      ['update_page', { page, version: 1, text: '' }],
      ['archive_page', { page }],
      ['delete_page', { page }],
    ] as const) {
      await assert.rejects(call(agent, name, given), /nothing at this address/, `${member.name} ${name}`);
    }
  }
  const bobs = agentFor(acme, bob, guide);
  assert.match(JSON.stringify(await call(bobs, 'get_page', { page })), /broke the turbine/);
});

test('a call about it names it as what it is about, so that nobody else decides over it (IS-5, AG-6)', async () => {
  const agent = agentFor(acme, bob, guide);
  for (const [name, given] of [
    ['delete_page', { page }],
    ['archive_page', { page }],
    ['update_page', { page, version: 1, title: 'Confession 2' }],
    ['create_page', { space, title: 'Confession 3', text: '' }],
  ] as const) {
    const { target } = await asked(agent, name, given);
    assert.deepEqual([target?.kind, target?.id], 'space' in given ? ['space', space] : ['page', page], name);
  }
});

test('who is let in sees all of it and is told; who leaves or is taken out sees nothing at once (IS-5)', async () => {
  assert.equal((await post(acme, bob, `/spaces/${space}/people`, { account: dan.id })).status, 303);
  assert.match((await get(acme, dan, `/pages/${page}`)).text, /broke the turbine/);
  const [note] = await rows(
    `select count(*) from ${acme.tenantId}.notifications where account_id = $1 and subject_id = $2`,
    [dan.id, space],
  );
  assert.equal(Number(note.count), 1);
  assert.equal(
    (await post(acme, dan, `/spaces/${space}/people`, { account: alice.id })).status,
    403,
    'only its maker lets in',
  );
  assert.equal((await post(acme, dan, `/spaces/${space}/people/${bob.id}/removal`)).status, 403);
  assert.equal((await post(acme, bob, `/spaces/${space}/people/${bob.id}/removal`)).status, 409, 'its maker stays');
  assert.equal((await post(acme, bob, `/spaces/${space}/people`, { account: globex.owner.id })).status, 422);
  assert.equal((await post(acme, dan, `/spaces/${space}/people/${dan.id}/removal`)).status, 303);
  assert.equal((await get(acme, dan, `/pages/${page}`)).status, 404);
  assert.deepEqual(
    (await acme.events()).filter(({ subjectId }) => subjectId === space).map(({ event }) => event),
    ['space.created', 'space.person-added', 'space.person-removed'],
  );
});

test('when its maker has left the workspace, whoever is in it goes on with it (MB-5)', async () => {
  const eve = await acme.join('eve', 'member');
  const shared = await makeSpace(acme, eve, 'Two of us', 'private');
  await post(acme, eve, `/spaces/${shared}/people`, { account: bob.id });
  await rows('delete from shared.memberships where tenant_id = $1 and account_id = $2', [acme.tenantId, eve.id]);
  assert.match((await get(acme, bob, `/spaces/${shared}/people`)).text, /A former member[\s\S]*Let them in/);
  assert.equal((await post(acme, bob, `/spaces/${shared}/people`, { account: dan.id })).status, 303);
  assert.equal((await post(acme, bob, `/spaces/${shared}/deletion`, { typed: 'Two of us' })).status, 303);
});

test('roles decide: members make spaces and delete their own, users write pages, team spaces fall by a right (MB-4)', async () => {
  const team = await makeSpace(acme, bob, 'Workshop');
  assert.equal((await post(acme, dan, '/spaces', { name: 'Mine', kind: 'private' })).status, 403);
  assert.ok(await write(acme, dan, { space: team, title: 'By a user' }));
  assert.equal((await post(acme, dan, `/spaces/${team}`, { name: 'Mine', version: '1' })).status, 403);
  assert.equal((await post(acme, bob, `/spaces/${team}/deletion`, { typed: 'Workshop' })).status, 403);
  assert.equal((await post(acme, ada, `/spaces/${team}/deletion`, { typed: 'workshop' })).status, 422);
  const renamed = { name: 'Workshop 2', description: 'Tools', version: '1' };
  assert.equal((await post(acme, bob, `/spaces/${team}`, renamed)).status, 303);
  const stale = await post(acme, ada, `/spaces/${team}`, { ...renamed, name: 'Mine now' });
  assert.equal(stale.status, 409);
  assert.match(stale.text, /value="Mine now"/);
  assert.equal((await post(acme, ada, `/spaces/${team}/deletion`, { typed: 'Workshop 2' })).status, 303);
  assert.equal((await get(acme, dan, `/spaces/${team}`)).status, 404);
  const [left] = await rows(`select count(*) from ${acme.tenantId}.pages where space_id = $1`, [team]);
  assert.equal(Number(left.count), 0);
});

test('a page that is moved out of a private space is there for everybody from then on, and back (IS-5)', async () => {
  const team = await makeSpace(acme, bob, 'Hall');
  const id = await write(acme, bob, { space, title: 'To be told', body: 'ready' });
  assert.equal((await get(acme, alice, `/pages/${id}`)).status, 404);
  assert.match(
    (await get(acme, bob, `/pages/${id}/place?space=${team}`)).text,
    /Everybody in this workspace will see it, with its whole history/,
  );
  await post(acme, bob, `/pages/${id}/place`, { space: team, parent: '' });
  assert.equal((await get(acme, alice, `/pages/${id}`)).status, 200);
  await post(acme, bob, `/pages/${id}/place`, { space, parent: '' });
  assert.equal((await get(acme, alice, `/pages/${id}`)).status, 404);
});

test('a new workspace has a team space with a page that welcomes, so that anybody can write at once (AG-11)', async () => {
  const team = await openTeam(server, 'Fresh', 'fresh');
  const list = await get(team, team.owner, '/pages');
  assert.match(list.text, /General[\s\S]+Welcome/);
  const [space] = await rows(`select id, kind from ${team.tenantId}.spaces`);
  assert.equal(space.kind, 'team');
  const member = await team.join('newcomer', 'user');
  const written = await write(team, member, { space: space.id, title: 'My first page', body: 'Hello.' });
  assert.equal((await get(team, team.owner, `/pages/${written}`)).status, 200);
  const [welcome] = await rows(`select id from ${team.tenantId}.pages where title_tag is not null order by id limit 1`);
  assert.match((await get(team, member, `/pages/${welcome.id}`)).text, /first page of your workspace/);
  const made = (await team.events()).filter(({ event }) => event === 'space.created' || event === 'page.created');
  assert.deepEqual(
    made.slice(0, 2).map(({ event, actorName }) => [event, actorName]),
    [
      ['space.created', 'fresh'],
      ['page.created', 'fresh'],
    ],
  );
});
