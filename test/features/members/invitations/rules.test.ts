import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestServer, type TestServer } from '../../../support/server.js';
import { mailsTo, newPerson } from '../../accounts/people.js';
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

const isDead = async (link: string) => (await newPerson(server).get(link)).status === 404;

test('an invitation of another workspace is not withdrawn, and malformed ids are not found (IS-4)', async () => {
  await act(globex, globex.owner, '/members/invitations', { email: 'theirs@globex.test', role: 'member' });
  const { rows } = await server.database.admin.query(
    `select id from shared.invitations where email = 'theirs@globex.test'`,
  );
  for (const id of [rows[0].id, 'x', '00000000-0000-0000-0000-000000000000']) {
    assert.equal((await act(acme, acme.owner, `/members/invitations/${id}/withdrawal`)).status, 404, id);
  }
  assert.ok(!(await isDead(await invitationTo(server, 'theirs@globex.test'))));
});

test('who is a member already, and what is no address, is not invited (MB-2)', async () => {
  const before = await mailsTo(server, 'alice@acme.test');
  const twice = await act(acme, acme.owner, '/members/invitations', { email: 'ALICE@acme.test', role: 'member' });
  assert.equal(twice.status, 422);
  assert.match(twice.text, /This person is a member already\./);
  assert.deepEqual(await mailsTo(server, 'alice@acme.test'), before);
  for (const email of ['', 'alice', 'a@b', 'a@b.test\r\nBcc: c@d.test', `${'x'.repeat(250)}@acme.test`]) {
    assert.equal((await act(acme, acme.owner, '/members/invitations', { email, role: 'member' })).status, 422, email);
  }
});

test('an admin neither withdraws nor replaces an invitation to be an owner (MB-3)', async () => {
  const admin = await acme.join('vera', 'admin');
  const link = await invite('partner@acme.test', 'owner');
  const replaced = await act(acme, admin, '/members/invitations', { email: 'partner@acme.test', role: 'member' });
  const { rows } = await server.database.admin.query(
    `select id from shared.invitations where email = 'partner@acme.test' and revoked_at is null`,
  );
  const withdrawn = await act(acme, admin, `/members/invitations/${rows[0].id}/withdrawal`);
  assert.deepEqual([replaced.status, withdrawn.status], [403, 403]);
  assert.ok(!(await isDead(link)));
  assert.equal((await mailsTo(server, 'partner@acme.test')).length, 1);
});

test('a link does not outlive its sender’s right to send it (MB-5)', async () => {
  const sender = await acme.join('sender', 'owner');
  const [high, low] = [
    await invite('high@acme.test', 'owner', sender),
    await invite('low@acme.test', 'member', sender),
  ];
  const kept = await invite('kept@acme.test');
  await act(acme, acme.owner, `/members/${sender.id}/role`, { role: 'admin' });
  assert.deepEqual([await isDead(high), await isDead(low)], [true, false]);
  await act(acme, acme.owner, `/members/${sender.id}/removal`);
  assert.deepEqual([await isDead(low), await isDead(kept)], [true, false]);
  const ended = (await acme.events()).slice(-2);
  assert.deepEqual(
    ended.map(({ event, details }) => [event, details.withdrawn]),
    [
      ['member.role-changed', 1],
      ['member.removed', 1],
    ],
  );
});

test('invitations to one address at the same moment leave one link that works (MB-2)', async () => {
  const _csrf = await acme.owner.person.token(`${acme.home}/members`);
  const fields = { email: 'rush@acme.test', role: 'member', _csrf };
  await Promise.all(
    Array.from({ length: 6 }, () => acme.owner.person.post(`${acme.home}/members/invitations`, fields)),
  );
  const { rows } = await server.database.admin.query(
    `select id from shared.invitations where email = 'rush@acme.test' and accepted_at is null and revoked_at is null`,
  );
  assert.equal(rows.length, 1);
  const links = (await mailsTo(server, 'rush@acme.test')).map(
    ({ text }) => /\/invitations\/[\w-]{43}/.exec(text)?.[0] ?? '',
  );
  const dead = await Promise.all(links.map(isDead));
  assert.deepEqual(dead.filter((gone) => !gone).length, 1);
  assert.equal(links.length, 6);
});

test('plain members see no open invitation (IS-5)', async () => {
  await invite('secretly@acme.test');
  const member = await acme.join('plain', 'member');
  assert.doesNotMatch((await member.person.get(`${acme.home}/members`)).text, /secretly@acme\.test/);
  assert.match((await acme.owner.person.get(`${acme.home}/members`)).text, /secretly@acme\.test/);
});
