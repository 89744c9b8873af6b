import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTenants } from '../../../../src/database/provision.js';
import { shards } from '../../../support/database.js';
import {
  beginSignUp,
  countRows,
  eventsOf,
  fieldsOf,
  insertPerson,
  mailsTo,
  newestLink,
  newPerson,
  signUp,
  tenantOf,
} from '../people.js';
import { server } from './stage.js';

test('signing up ends in a workspace of one’s own, with an agent and its first events (AC-1, AC-2, AG-1)', async () => {
  const alice = newPerson(server);
  const { accounts } = await countRows(server);
  await beginSignUp(alice, { email: 'Alice@Acme.Test', username: 'Alice', workspaceName: 'Müller & Søn' });
  const [mail] = await mailsTo(server, 'alice@acme.test');
  assert.match(mail?.subject ?? '', /Confirm your address/);
  const sent = await alice.get('/sign-up/sent');
  assert.match(sent.text, /alice@acme\.test/);

  const before = await alice.get('/profile');
  assert.equal(before.location, '/sign-in?next=%2Fprofile', 'nothing opens before the address is confirmed');
  assert.equal((await countRows(server)).accounts, accounts);

  const link = await newestLink(server, 'alice@acme.test');
  for (const visitor of [newPerson(server), newPerson(server), alice]) {
    const shown = await visitor.get(link);
    assert.equal(shown.status, 200, 'a mail scanner that opens the link uses nothing up');
  }
  assert.equal((await countRows(server)).accounts, accounts);

  const confirmed = await alice.submit(link, {});
  assert.equal(confirmed.status, 303);
  assert.equal(confirmed.location, '/w/muller-son');
  assert.match((await alice.get('/profile')).text, /alice@acme\.test/);
  assert.equal((await alice.get('/')).location, '/w/muller-son');

  const { admin } = server.database;
  const tenant = await tenantOf(server, confirmed.location);
  const agents = await admin.query(`select name, tools, knowledge, version from ${tenant}.agents`);
  assert.deepEqual(agents.rows, [{ name: 'Guide', tools: ['search_knowledge'], knowledge: 'all', version: 1 }]);
  const roles = await admin.query('select role from shared.memberships where tenant_id = $1', [tenant]);
  assert.deepEqual(roles.rows, [{ role: 'owner' }]);
  const events = await eventsOf(server, confirmed.location);
  assert.deepEqual(
    events.map(({ event }) => event),
    ['workspace.created', 'member.joined', 'agent.created', 'space.created', 'page.created', 'account.signed-in'],
  );
  assert.ok(events.every((event) => event.actor_name === 'alice' && event.address === alice.address));
});

test('fifty confirmations at once make one account and one workspace (AC-2)', async () => {
  const person = newPerson(server);
  await beginSignUp(person, { email: 'eager@acme.test', username: 'eager', workspaceName: 'Eager' });
  const link = await newestLink(server, 'eager@acme.test');
  const before = await countRows(server);
  // Their counts are per network, so that the limit is not what makes it one.
  const _csrf = await person.token(link);
  const cookie = `session=${person.cookies.get('session')}`;
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => {
      const another = newPerson(server);
      return another.post(link, { _csrf }, { cookie });
    }),
  );
  const counts = new Map<number, number>();
  for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
  assert.equal(counts.get(303), 1, JSON.stringify([...counts]));
  assert.equal(counts.get(500), undefined, JSON.stringify([...counts]));
  const rows = await countRows(server);
  assert.equal(rows.accounts, (before.accounts ?? 0) + 1);
  assert.equal(rows.memberships, (before.memberships ?? 0) + 1);
  assert.equal(rows.claimed, (before.claimed ?? 0) + 1);
  assert.equal(rows.keys, (before.keys ?? 0) + 2);
});

test('when no schema stands by nothing is left behind, and the same link works later (issue 2)', async () => {
  const { admin, provisioner } = server.database;
  const person = newPerson(server);
  await beginSignUp(person, { email: 'early@acme.test', username: 'early', workspaceName: 'Early' });
  const link = await newestLink(server, 'early@acme.test');
  await admin.query(`update shared.tenants set status = 'deleting', slug = id, name = id where status = 'standby'`);
  const before = await countRows(server);
  const failed = await person.submit(link, {});
  assert.equal(failed.status, 503);
  assert.ok(Number(failed.headers.get('retry-after')) > 0);
  assert.deepEqual(await countRows(server), before);
  const asked = await admin.query(`select 1 from graphile_worker.jobs where task_identifier = 'workspaces.refill'`);
  assert.equal(asked.rows.length, 1, 'more schemas were asked for');

  await makeTenants(provisioner, 8, shards);
  const confirmed = await person.submit(link, {});
  assert.equal(confirmed.location, '/w/early');
});

test('when the work inside the new workspace fails, nothing is left and the link still works (issue 2)', async () => {
  const { admin } = server.database;
  const person = newPerson(server);
  await beginSignUp(person, { email: 'torn@acme.test', username: 'torn', workspaceName: 'Torn' });
  const link = await newestLink(server, 'torn@acme.test');
  const standby = await admin.query(`select id from shared.tenants where status = 'standby'`);
  const revoke = (id: string) => admin.query(`revoke insert on ${id}.agent_versions from ${id}`);
  for (const { id } of standby.rows) await revoke(id);
  const before = await countRows(server);
  assert.equal((await person.submit(link, {})).status, 500);
  assert.deepEqual(await countRows(server), before, 'claim, keys, account and membership went back together');
  for (const { id } of standby.rows) {
    const { rows } = await admin.query(`select count(*) as events from ${id}.audit_events`);
    assert.equal(rows[0]?.events, 0);
    await admin.query(`grant insert on ${id}.agent_versions to ${id}`);
  }
  assert.equal((await person.submit(link, {})).location, '/w/torn');
});

test('a username that was taken meanwhile is chosen anew and nothing is lost (AC-2)', async () => {
  await insertPerson(server, 'popular');
  const person = newPerson(server);
  await beginSignUp(person, { email: 'second@acme.test', username: 'popular', workspaceName: 'Second' });
  const link = await newestLink(server, 'second@acme.test');
  const before = await countRows(server);
  const taken = await person.submit(link, {});
  assert.equal(taken.status, 422);
  assert.match(taken.text, /popular is taken/);
  assert.match(taken.text, /name="username"/);
  assert.deepEqual(await countRows(server), before);
  const malformed = await person.submit(link, { username: 'no spaces' });
  assert.equal(malformed.status, 422);
  assert.match(malformed.text, /value="no spaces"/);
  const confirmed = await person.submit(link, { username: 'second' });
  assert.equal(confirmed.location, '/w/second');
  assert.match((await person.get('/profile')).text, /second@acme\.test/);
});

test('workspaces of one name get addresses of their own', async () => {
  const one = await signUp(server, newPerson(server), { email: 'a1@x.test', username: 'a-one', workspaceName: 'Twin' });
  const two = await signUp(server, newPerson(server), { email: 'a2@x.test', username: 'a-two', workspaceName: 'Twin' });
  assert.equal(one, '/w/twin');
  assert.match(two, /^\/w\/twin-[a-z2-9]{4}$/);
});

test('somebody who came to accept an invitation is brought back to it after signing up, and never elsewhere', async () => {
  for (const [next, then] of [
    ['/invitations/abc', '/invitations/abc'],
    ['//evil.example', '/w/guest'],
  ]) {
    const person = newPerson(server);
    const form = await person.get(`/sign-up?next=${encodeURIComponent(next ?? '')}`);
    assert.equal(form.text.includes(`name="next" value="${next}"`), next === then);
    const username = next === then ? 'guest-one' : 'guest-two';
    const fields = fieldsOf({
      email: `${username}@acme.test`,
      username,
      workspaceName: next === then ? 'One' : 'Guest',
    });
    await person.submit('/sign-up', { ...fields, next: next ?? '' });
    const confirmed = await person.submit(await newestLink(server, fields.email), {});
    assert.equal(confirmed.location, then);
  }
});
