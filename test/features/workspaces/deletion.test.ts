import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { shared } from '../../../src/database/shared.js';
import { finishDeletion } from '../../../src/features/workspaces/deletion.js';
import { listWrappedKeys } from '../../../src/tenancy/queries.js';
import { open, unwrapKeys } from '../../../src/vault/keyring.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { goodPassword, mailsTo } from '../accounts/people.js';
import { openTeam } from '../members/team.js';
import { askFor, fill, orderOf, sessionsOf, traces } from './remains.js';

let server: TestServer;

before(async () => {
  // No jobs run by themselves here: each test says when.
  server = await startTestServer({ tenants: 6, own: true });
});
after(() => server?.close());

test('a wrong name, a wrong password or neither deletes nothing, and is written down (AC-11, AU-1)', async () => {
  const team = await openTeam(server, 'Guarded', 'gina');
  const tries = [
    ['Other', goodPassword, /Type the name as it is shown: Guarded/, 'name'],
    ['guarded', goodPassword, /Type the name as it is shown/, 'name'],
    ['Guarded', 'not the password at all', /This is not your password/, 'password'],
    ['', '', /Type the name as it is shown/, 'name'],
  ] as const;
  for (const [typed, password, message, reason] of tries) {
    const answer = await askFor(team, typed, password);
    assert.equal(answer.status, 422);
    assert.match(answer.text, message);
    const last = (await team.events()).at(-1);
    assert.deepEqual(
      [last?.event, last?.outcome, last?.details.reason],
      ['workspace.deletion-asked', 'refused', reason],
    );
  }
  assert.equal((await team.owner.person.get(team.home)).status, 200);
  assert.equal((await traces(server, team)).schemas, 1);
});

test('the right name and password close it at once; afterwards nothing of it is left anywhere (IS-8)', async () => {
  const team = await openTeam(server, 'Doomed', 'dora');
  const onlyHere = await team.join('only-here', 'member');
  const elsewhere = await team.join('elsewhere', 'admin');
  const other = await openTeam(server, 'Other', 'owen');
  await server.database.admin.query(
    `insert into shared.memberships (tenant_id, account_id, role) values ($1, $2, 'member')`,
    [other.tenantId, elsewhere.id],
  );
  await fill(team);

  const answer = await askFor(team, '  Doomed ');
  assert.equal(answer.status, 303);
  assert.match(answer.location, /^\/deletions\/[0-9a-f-]{36}$/);
  for (const { person } of [team.owner, onlyHere, elsewhere]) {
    assert.equal((await person.get(team.home)).status, 404);
    assert.doesNotMatch((await person.get('/workspaces')).text, /Doomed/);
  }
  assert.match((await team.owner.person.get(answer.location)).text, /Being removed/);
  for (const { person } of [onlyHere, elsewhere, other.owner]) {
    assert.equal((await person.get(answer.location)).status, 404, 'the receipt is for who deleted it');
  }

  const receipt = await finishDeletion(orderOf(team, answer));
  assert.ok(receipt);
  const { before, after } = receipt;
  assert.deepEqual(
    [before.schemas, before.roles, before.keys, before.members, before.invitations, before.sessions, before.files],
    [1, 1, 2, 3, 1, 1, 1],
  );
  assert.ok((before['table audit_events'] ?? 0) > 3 && (before.jobs ?? 0) >= 1);
  assert.equal(before['table agents'], 1);
  assert.ok(
    Object.values(after).every((count) => count === 0),
    JSON.stringify(after),
  );
  assert.deepEqual(new Set(Object.values(await traces(server, team))), new Set([0]), 'as a superuser sees it');
  assert.deepEqual(
    [
      await sessionsOf(server, onlyHere.id),
      await sessionsOf(server, elsewhere.id),
      await sessionsOf(server, team.owner.id),
    ],
    [0, 1, 1],
    'signed out is who has nothing left, but for the one who waits for the receipt',
  );
  assert.equal((await onlyHere.person.get('/profile')).status, 303, 'at once, not when a cache forgets');
  assert.equal((await elsewhere.person.get(other.home)).status, 200);
  assert.equal((await other.owner.person.get(other.home)).status, 200);

  const shown = await team.owner.person.get(answer.location);
  assert.match(shown.text, /Nothing is left/);
  assert.match(shown.text, /rows of audit events<\/th><td class="end">\d+<\/td><td class="end">0</);
  assert.ok(shown.text.includes(team.tenantId));
});

test('the owners are told by mail what was counted, once (IS-8)', async () => {
  const team = await openTeam(server, 'Mailed', 'mia');
  const partner = await team.join('partner', 'owner');
  const admin = await team.join('no-owner', 'admin');
  const answer = await askFor(team, 'Mailed');
  const { rows } = await server.database.admin.query(
    `select payload from graphile_worker._private_jobs j where payload ->> 'deletionId' = $1`,
    [answer.location.split('/')[2]],
  );
  const order = rows[0].payload;
  assert.deepEqual(order.owners.toSorted(), [team.owner.id, partner.id].toSorted(), 'ids, and nothing else');
  await finishDeletion(order);
  await finishDeletion(order);
  for (const { email } of [team.owner, partner]) {
    const mails = (await mailsTo(server, email)).filter(({ subject }) => /was deleted/.test(subject));
    assert.equal(mails.length, 1, email);
    assert.match(mails[0]?.text ?? '', /- rows of agents: 1\n[\s\S]*- members: 3/);
  }
  assert.ok((await mailsTo(server, admin.email)).every(({ subject }) => !/was deleted/.test(subject)));
});

test('what a backup kept of a deleted workspace is ciphertext that nobody opens (IS-8, CR-1)', async () => {
  const team = await openTeam(server, 'Shredded', 'sue');
  await team.owner.person.submit(`${team.home}/settings`, { name: 'Shredded', instructions: 'the canary sings' });
  const { rows } = await server.database.admin.query(`select instructions from ${team.tenantId}.settings`);
  const kept: Buffer = rows[0].instructions;
  const keys = await listWrappedKeys(shared(), team.tenantId);
  const openKept = (keyring: ReturnType<typeof unwrapKeys>) =>
    open(keyring, 'settings.instructions', 'workspace', kept).toString();
  assert.equal(openKept(unwrapKeys(team.tenantId, keys)), 'the canary sings', 'with its keys it opens');

  const other = await openTeam(server, 'Survivor', 'sam');
  await finishDeletion(orderOf(team, await askFor(team, 'Shredded')));
  const left = await listWrappedKeys(shared(), team.tenantId);
  assert.throws(() => openKept(unwrapKeys(team.tenantId, left)), /no keys/);
  const others = unwrapKeys(other.tenantId, await listWrappedKeys(shared(), other.tenantId));
  assert.throws(() => openKept(others));
  assert.throws(() => openKept({ ...others, tenantId: team.tenantId }));
});
