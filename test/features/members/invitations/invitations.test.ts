import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestServer, type TestServer } from '../../../support/server.js';
import { goodPassword, insertPerson, mailsTo, newPerson, signIn } from '../../accounts/people.js';
import { act, type Member, openTeam, type Team } from '../team.js';
import { invitationTo } from './mailbox.js';

let server: TestServer;
let acme: Team;
let globex: Team;

before(async () => {
  server = await startTestServer({ tenants: 2 });
  acme = await openTeam(server, 'Acme', 'alice');
  globex = await openTeam(server, 'Globex', 'charlie');
});
after(() => server?.close());

async function invite(email: string, role = 'member', by: Member = acme.owner): Promise<string> {
  const answer = await act(acme, by, '/members/invitations', { email, role });
  assert.equal(answer.status, 303, answer.text);
  return invitationTo(server, email.trim().toLowerCase());
}

async function countMembers(email: string): Promise<number> {
  const { rows } = await server.database.admin.query(
    `select count(*)::int as count from shared.memberships m join shared.accounts a on a.id = m.account_id
     where m.tenant_id = $1 and a.email = $2`,
    [acme.tenantId, email],
  );
  return rows[0]?.count;
}

const isDead = async (link: string) => (await newPerson(server).get(link)).status === 404;

test('the mail names who invites whom as what, and its link leads to this installation (MB-2)', async () => {
  const link = await invite('  New.Person@Acme.test ', 'admin');
  const [mail, ...more] = await mailsTo(server, 'new.person@acme.test');
  assert.deepEqual(more, []);
  assert.match(mail?.subject ?? '', /alice invites you to Acme/);
  assert.ok(mail?.text.includes(`${server.origin}${link}`));
  assert.match(mail?.text ?? '', /role "Admin"[\s\S]*7 days/);
  const { rows } = await server.database.admin.query('select token_hash from shared.invitations');
  const token = Buffer.from(link.slice(-43));
  assert.ok(
    rows.every(({ token_hash }) => !token.equals(token_hash)),
    'the link itself is stored nowhere',
  );
});

test('an account of that address joins with one click, in the role of the invitation (MB-2)', async () => {
  const link = await invite('known@acme.test');
  await insertPerson(server, 'known', 'known@acme.test');
  const person = newPerson(server);
  const shown = await person.get(link);
  assert.match(shown.text, new RegExp(`/sign-in\\?next=${encodeURIComponent(link)}`));
  assert.equal((await signIn(person, 'known', goodPassword, link)).location, link);
  const answer = await person.submit(link, { role: 'owner', tenantId: globex.tenantId }, `${link}/acceptance`);
  assert.deepEqual([answer.status, answer.location], [303, acme.home]);
  assert.equal((await person.get(acme.home)).status, 200);
  assert.equal((await person.get(`${acme.home}/audit`)).status, 403, 'a role in the body is not read');
  assert.equal((await person.get(globex.home)).status, 404);
  const joined = (await acme.events()).filter(({ event }) => event === 'member.joined').at(-1);
  assert.deepEqual([joined?.actorName, joined?.details.role, joined?.details.newAccount], ['known', 'member', false]);
  assert.equal(joined?.requestId, answer.headers.get('x-request-id'));
});

test('somebody new makes an account on the spot and needs no workspace of their own (MB-2)', async () => {
  const link = await invite('fresh@acme.test');
  const person = newPerson(server);
  const fields = { username: 'Fresh', password: goodPassword, email: 'other@acme.test', role: 'owner' };
  const answer = await person.submit(link, fields, `${link}/account`);
  assert.deepEqual([answer.status, answer.location], [303, acme.home]);
  assert.equal((await person.get(acme.home)).status, 200);
  assert.match((await person.get('/profile')).text, /fresh@acme\.test/);
  const { rows } = await server.database.admin.query(
    `select count(*)::int as count from shared.memberships m join shared.accounts a on a.id = m.account_id
     where a.email = 'fresh@acme.test' and m.role = 'member'`,
  );
  assert.equal(rows[0]?.count, 1);
  assert.equal((await signIn(newPerson(server), 'fresh')).location, acme.home, 'the password works from then on');
});

test('a new account keeps the rules of names and passwords, and what was typed stays (AC-1)', async () => {
  const link = await invite('rules@acme.test');
  const person = newPerson(server);
  const tries = [
    [{ username: 'rules', password: 'short' }, /at least 15 characters/],
    [{ username: 'rules', password: 'rules@acme.test rules' }, /your own names/],
    [{ username: 'x', password: goodPassword }, /at least 3 characters/],
    [{ username: 'alice', password: goodPassword }, /username is taken/],
    [{}, /Check what you entered/],
  ] as const;
  for (const [fields, message] of tries) {
    const answer = await person.submit(link, { ...fields }, `${link}/account`);
    assert.equal(answer.status, 422);
    assert.match(answer.text, message);
    if ('username' in fields) assert.ok(answer.text.includes(`value="${fields.username}"`));
    assert.ok(!answer.text.includes(goodPassword));
  }
  assert.equal(await countMembers('rules@acme.test'), 0);
  assert.equal(
    (await person.submit(link, { username: 'rules', password: goodPassword }, `${link}/account`)).status,
    303,
  );
});

test('who has an account is not given a second one, and a signed-in person makes none (AC-12)', async () => {
  await insertPerson(server, 'settled', 'settled@acme.test');
  const link = await invite('settled@acme.test');
  const visitor = newPerson(server);
  const _csrf = await visitor.token('/sign-in');
  const fields = { username: 'settled-two', password: goodPassword, _csrf };
  const second = await visitor.post(`${link}/account`, fields);
  assert.equal(second.status, 422);
  assert.match(second.text, /This address already has an account\./);
  const other = await globex.join('onlooker');
  const token = await other.person.token('/profile');
  const third = await other.person.post(`${link}/account`, { ...fields, _csrf: token });
  assert.equal(third.status, 403);
  assert.equal(await countMembers('settled@acme.test'), 0);
});

test('a forwarded link is refused to any other address, and the try is written down (MB-2, threat 10)', async () => {
  const link = await invite('invited@acme.test', 'admin');
  const thief = await globex.join('thief');
  const shown = await thief.person.get(link);
  assert.match(shown.text, /You are signed in with another address/);
  assert.doesNotMatch(shown.text, /\/acceptance"/);
  const answer = await thief.person.submit('/profile', {}, `${link}/acceptance`);
  assert.equal(answer.status, 403);
  assert.equal((await thief.person.get(acme.home)).status, 404);
  const tried = (await acme.events()).at(-1);
  assert.deepEqual(
    [tried?.event, tried?.outcome, tried?.actorKind, tried?.accountId, tried?.details.reason],
    ['member.joined', 'refused', 'system', null, 'another address'],
  );
  assert.ok(!(await isDead(link)), 'it still works for whom it is for');
});

test('a link works once; a second click leads its owner in, and everybody else nowhere (MB-2)', async () => {
  const link = await invite('once@acme.test');
  const person = newPerson(server);
  await person.submit(link, { username: 'once', password: goodPassword }, `${link}/account`);
  assert.ok(await isDead(link));
  const again = await person.get(link);
  assert.deepEqual([again.status, again.location], [303, acme.home]);
  const posted = await person.submit('/profile', {}, `${link}/acceptance`);
  assert.deepEqual([posted.status, posted.location], [303, acme.home]);
  assert.equal((await acme.owner.person.get(link)).status, 404);
  const { rows } = await server.database.admin.query(`select id from shared.accounts where username = 'once'`);
  await act(acme, acme.owner, `/members/${rows[0].id}/removal`);
  assert.equal((await person.get(link)).status, 404, 'not for somebody who was removed');
  assert.equal((await person.submit('/profile', {}, `${link}/acceptance`)).status, 404);
  assert.equal(await countMembers('once@acme.test'), 0);
});

test('fifty accepts at the same moment make one member and one event (MB-2, V2.3.4)', async () => {
  const link = await invite('crowd@acme.test');
  await insertPerson(server, 'crowd', 'crowd@acme.test');
  const person = newPerson(server);
  await signIn(person, 'crowd');
  const _csrf = await person.token(link);
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => person.post(`${link}/acceptance`, { role: 'owner', _csrf })),
  );
  const statuses = new Set(answers.map(({ status }) => status));
  assert.deepEqual([...statuses].sort(), [303], 'the others find themselves inside');
  assert.equal(await countMembers('crowd@acme.test'), 1);
  const events = (await acme.events()).filter(
    ({ event, actorName }) => event === 'member.joined' && actorName === 'crowd',
  );
  assert.equal(events.length, 1);
});

test('links that ran out, were withdrawn or replaced are dead, like those that never were (MB-2)', async () => {
  const old = await invite('old@acme.test');
  await server.database.admin.query(`update shared.invitations set expires_at = now() where email = 'old@acme.test'`);
  assert.ok(await isDead(old));

  const taken = await invite('taken@acme.test');
  const { rows } = await server.database.admin.query(
    `select id from shared.invitations where email = 'taken@acme.test'`,
  );
  const action = `/members/invitations/${rows[0].id}/withdrawal`;
  assert.equal((await act(acme, acme.owner, action)).status, 303);
  assert.ok(await isDead(taken));
  assert.equal((await act(acme, acme.owner, action)).status, 404, 'it is withdrawn once');

  const replaced = await invite('twice@acme.test');
  const newer = await invite('twice@acme.test', 'admin');
  assert.ok(await isDead(replaced));
  assert.ok(!(await isDead(newer)));

  for (const token of ['x'.repeat(43), 'x', `${newer.slice(-43)}x`, '%00', '..%2f..']) {
    assert.ok(await isDead(`/invitations/${token}`), token);
  }
  for (const link of [old, taken, replaced]) {
    const person = newPerson(server);
    const _csrf = await person.token('/sign-in');
    const fields = { username: 'nobody', password: goodPassword, _csrf };
    assert.equal((await person.post(`${link}/account`, fields)).status, 404);
  }
});
