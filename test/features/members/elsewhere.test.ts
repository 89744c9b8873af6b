import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '../../../src/database/id.js';
import { insertTurn } from '../../../src/features/conversations/turns/queries.js';
import { inTenant } from '../../../src/tenancy/in-tenant.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { until } from '../../support/until.js';
import { Person } from '../accounts/people.js';
import { openStream, type Stream } from '../conversations/stream.js';
import { type SecondProcess, startSecondProcess } from './second-process.js';
import { act, type Member, openTeam, type Team } from './team.js';

let server: TestServer;
let second: SecondProcess;
let acme: Team;
let globex: Team;

before(async () => {
  server = await startTestServer({ tenants: 2 });
  acme = await openTeam(server, 'Acme', 'alice');
  globex = await openTeam(server, 'Globex', 'charlie');
  second = await startSecondProcess();
});
after(async () => {
  await second?.stop();
  await server?.close();
});

/** The same person with the same cookies, served by the other process. */
function atSecond({ person }: Member): Person {
  const there = new Person(second.origin, person.address);
  for (const [name, value] of person.cookies) there.cookies.set(name, value);
  return there;
}

/** An answer of somebody's that is being written and never ends. Answers the address of its stream. */
async function runningAnswer(team: Team, member: Member): Promise<string> {
  const { rows } = await server.database.admin.query(`select id from ${team.tenantId}.agents limit 1`);
  const [conversation, answerId] = [newId(), newId()];
  await inTenant(team.context, 'conversations.create', (db) =>
    insertTurn(
      db,
      { accountId: member.id, id: conversation },
      {
        answerId,
        question: { id: newId(), text: 'Is anybody there?' },
        attempt: newId(),
        place: {},
        begins: { agentId: rows[0].id, title: 'Waiting' },
      },
    ),
  );
  return `${team.home}/conversations/${conversation}/messages/${answerId}/events`;
}

async function ended(stream: Stream): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 5000).unref());
  return Promise.race([stream.rest().then(() => true), late]);
}

test('a removed member is out of the other process, too, and their open streams end (MB-5)', async () => {
  const member = await acme.join('bob', 'member');
  const there = atSecond(member);
  assert.equal((await there.get(acme.home)).status, 200, 'let in, and remembered');
  const address = await runningAnswer(acme, member);
  const streams = [await openStream(member.person, address), await openStream(there, address)];
  for (const stream of streams) await stream.until('message');
  const kept = await acme.join('kept', 'member');
  const other = await openStream(kept.person, await runningAnswer(acme, kept));
  await other.until('message');
  let othersEnded = false;
  void other
    .rest()
    .catch(() => {})
    .then(() => {
      othersEnded = true;
    });

  assert.equal((await act(acme, acme.owner, `/members/${member.id}/removal`)).status, 303);
  assert.equal((await member.person.get(acme.home)).status, 404);
  await until('the notice has arrived', async () => (await there.get(acme.home)).status === 404);
  assert.deepEqual(await Promise.all(streams.map(ended)), [true, true]);
  assert.equal((await openStream(there, address)).response.status, 404, 'and are not opened again');
  assert.equal((await kept.person.get(acme.home)).status, 200);
  assert.ok(!othersEnded, 'those of others stay open');
  other.cut();
});

test('a changed role and a new name are seen by the other process (MB-3)', async () => {
  const member = await acme.join('rising', 'member');
  const there = atSecond(member);
  assert.equal((await there.get(`${acme.home}/audit`)).status, 403);
  await act(acme, acme.owner, `/members/${member.id}/role`, { role: 'admin' });
  await until('the role is known there', async () => (await there.get(`${acme.home}/audit`)).status === 200);
  await acme.owner.person.submit(`${acme.home}/settings`, { name: 'Acme Limited', instructions: '' });
  await until('the name is known there', async () => (await there.get(acme.home)).text.includes('Acme Limited'));
});

test('a role of the workspace’s own counts in the other process, and so does its end (MB-3, V8.3.2)', async () => {
  const member = await acme.join('guest', 'user');
  const there = atSecond(member);
  const opens = async () => (await there.get(`${acme.home}/audit`)).status === 200;
  assert.ok(!(await opens()));
  await act(acme, acme.owner, '/roles', { name: 'Readers', permissions: 'audit.read' });
  await act(acme, acme.owner, '/groups', { name: 'Crew' });
  const idIn = async (table: string) =>
    (await server.database.admin.query(`select id from shared.${table} where tenant_id = $1`, [acme.tenantId])).rows[0]
      .id;
  const [role, group] = [await idIn('roles'), await idIn('groups')];
  await act(acme, acme.owner, `/groups/${group}`, { name: 'Crew', roles: role });
  await act(acme, acme.owner, `/groups/${group}/members`, { account: member.id });
  await until('the role is known there', opens);
  await act(acme, acme.owner, `/roles/${role}/deletion`);
  await until('its end is known there', async () => !(await opens()));
});

test('a suspended workspace is closed in both processes, streams included, and opens again (MB-8, V7.4.1)', async () => {
  const member = await acme.join('halted', 'member');
  const there = atSecond(member);
  const address = await runningAnswer(acme, member);
  const streams = [await openStream(member.person, address), await openStream(there, address)];
  for (const stream of streams) await stream.until('message');
  const suspend = (at: string) =>
    server.database.admin.query(
      `with done as (update shared.tenants set suspended_at = ${at} where id = $1 returning id)
       select pg_notify('bailiwick', 'membership:' || m.account_id) from shared.memberships m, done where m.tenant_id = done.id`,
      [acme.tenantId],
    );
  await suspend('now()');
  assert.deepEqual(await Promise.all(streams.map(ended)), [true, true]);
  for (const person of [member.person, there]) {
    await until('it is closed', async () => (await person.get(acme.home)).status === 403);
    assert.match((await person.get(`${acme.home}/knowledge`)).text, /is suspended/);
    assert.equal((await openStream(person, address)).response.status, 403);
  }
  await suspend('null');
  await until('it is open again there', async () => (await there.get(acme.home)).status === 200);
});

test('a deleted workspace is closed in the other process for all members at once, streams included (IS-8)', async () => {
  const member = await globex.join('dana', 'member');
  const people = [globex.owner, member].map(atSecond);
  for (const person of people) assert.equal((await person.get(globex.home)).status, 200);
  const stream = await openStream(people[1] ?? member.person, await runningAnswer(globex, member));
  await stream.until('message');
  const proof = { typed: 'Globex', password: 'violet kettle under nine lamps' };
  const answer = await globex.owner.person.submit(`${globex.home}/settings/deletion`, proof);
  assert.equal(answer.status, 303);
  assert.equal((await member.person.get(globex.home)).status, 404);
  for (const person of people) {
    await until('it is closed there', async () => (await person.get(globex.home)).status === 404);
  }
  assert.ok(await ended(stream));
});
