import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeTenants } from '../../../../src/database/provision.js';
import { shards } from '../../../support/database.js';
import { startTestServer, type TestServer } from '../../../support/server.js';
import {
  beginSignUp,
  countRows,
  eventsOf,
  fieldsOf,
  goodPassword,
  insertPerson,
  mailsTo,
  newestLink,
  newPerson,
  signUp,
  tenantOf,
} from '../people.js';

let server: TestServer;

before(async () => {
  server = await startTestServer({ tenants: 8 });
});
after(() => server?.close());

test('signing up ends in a workspace of one’s own, with an agent and its first events (AC-1, AC-2, AG-1)', async () => {
  const alice = newPerson(server);
  await beginSignUp(alice, { email: 'Alice@Acme.Test', username: 'Alice', workspaceName: 'Müller & Søn' });
  const [mail] = await mailsTo(server, 'alice@acme.test');
  assert.match(mail?.subject ?? '', /Confirm your address/);
  const sent = await alice.get('/sign-up/sent');
  assert.match(sent.text, /alice@acme\.test/);

  const before = await alice.get('/profile');
  assert.equal(before.location, '/sign-in?next=%2Fprofile', 'nothing opens before the address is confirmed');
  assert.equal((await countRows(server)).accounts, 0);

  const link = await newestLink(server, 'alice@acme.test');
  for (const visitor of [newPerson(server), newPerson(server), alice]) {
    const shown = await visitor.get(link);
    assert.equal(shown.status, 200, 'a mail scanner that opens the link uses nothing up');
  }
  assert.equal((await countRows(server)).accounts, 0);

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

test('a wrong, an expired and a used link are answered alike and change nothing (AC-2)', async () => {
  const person = newPerson(server);
  await beginSignUp(person, { email: 'used@acme.test', username: 'used' });
  const used = await newestLink(server, 'used@acme.test');
  const token = await person.token(used);
  assert.equal((await person.submit(used, {})).status, 303);

  const late = newPerson(server);
  await beginSignUp(late, { email: 'late@acme.test', username: 'late' });
  const expired = await newestLink(server, 'late@acme.test');
  await server.database.admin.query(`update shared.signups set expires_at = now() where email = 'late@acme.test'`);

  const rows = await countRows(server);
  const lateToken = await late.token('/sign-up/sent');
  const wrong = `/verify-email/${'A'.repeat(43)}`;
  for (const link of [used, expired, wrong, '/verify-email/x', `/verify-email/${encodeURIComponent("' or 1=1")}`]) {
    assert.equal((await late.get(link)).status, 404);
    const answer = await late.post(link, { _csrf: lateToken });
    assert.equal(answer.status, 404);
    assert.match(answer.text, /does not work any more/);
  }
  assert.deepEqual(await countRows(server), rows);
  assert.ok(token);
});

test('a sign-up that has run out is renewed by “send again”, for a day, and strangers learn nothing by it (AC-2)', async () => {
  const person = newPerson(server);
  await beginSignUp(person, { email: 'slow@acme.test', username: 'slow', workspaceName: 'Slow' });
  const old = await newestLink(server, 'slow@acme.test');
  await server.database.admin.query(
    `update shared.signups set expires_at = now() - interval '2 hours' where email = 'slow@acme.test'`,
  );
  assert.equal((await person.get(old)).status, 404);
  const stranger = newPerson(server);
  const answers = [];
  for (const email of ['slow@acme.test', 'never-seen@acme.test']) {
    const { status, location } = await stranger.submit('/sign-up/sent', { email }, '/sign-up/resend');
    answers.push(`${status} ${location} ${(await stranger.get('/sign-up/sent')).text.includes('@acme.test')}`);
  }
  assert.deepEqual(answers, ['303 /sign-up/sent false', '303 /sign-up/sent false']);
  const link = await newestLink(server, 'slow@acme.test');
  assert.notEqual(link, old);
  assert.equal((await person.submit(link, {})).location, '/w/slow');
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

test('a stranger who signs up with someone’s address gains nothing by their click (account pre-hijacking)', async () => {
  const stranger = newPerson(server);
  await beginSignUp(stranger, { email: 'victim@acme.test', username: 'stranger', workspaceName: 'Trap' });
  const link = await newestLink(server, 'victim@acme.test');
  const victim = newPerson(server);
  const shown = await victim.get(link);
  assert.match(shown.text, /stranger/, 'the page says who signed up');
  assert.match(shown.text, /If that was not you, close this page/);
  const before = await countRows(server);
  for (const password of ['', 'my own quite long password']) {
    const answer = await victim.submit(link, { password });
    assert.equal(answer.status, 422);
  }
  assert.deepEqual(await countRows(server), before, 'without the password there is no account');
});

test('the link works in another browser with the password that was chosen, and signs in there (AC-2)', async () => {
  await beginSignUp(newPerson(server), { email: 'phone@acme.test', username: 'phone', workspaceName: 'Phone' });
  const link = await newestLink(server, 'phone@acme.test');
  const phone = newPerson(server);
  await insertPerson(server, 'phone', 'another-phone@acme.test');
  const taken = await phone.submit(link, { password: goodPassword });
  assert.match(taken.text, /phone is taken/);
  assert.doesNotMatch(taken.text, /type="password"/, 'what was proven is not asked for again');
  const confirmed = await phone.submit(link, { username: 'phone2' });
  assert.equal(confirmed.location, '/w/phone');
  assert.equal((await phone.get('/profile')).status, 200);
});

test('an address that got an account by another way meanwhile ends the sign-up', async () => {
  const person = newPerson(server);
  await beginSignUp(person, { email: 'twice@acme.test', username: 'twice', workspaceName: 'Twice' });
  const link = await newestLink(server, 'twice@acme.test');
  await insertPerson(server, 'twice-already', 'twice@acme.test');
  const before = await countRows(server);
  assert.equal((await person.submit(link, {})).status, 404);
  assert.deepEqual(await countRows(server), { ...before, signups: (before.signups ?? 0) - 1 });
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
