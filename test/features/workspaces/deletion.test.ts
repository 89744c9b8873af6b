import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { varPath } from '../../../src/config.js';
import { newId } from '../../../src/database/id.js';
import { listMembersOnlyHere, removeTenant } from '../../../src/database/removal.js';
import { role } from '../../../src/database/roles.js';
import { settingsOf, shared } from '../../../src/database/shared.js';
import { sql } from '../../../src/database/sql.js';
import { finishDeletion, finishDeletions, orderDeletion } from '../../../src/features/workspaces/deletion.js';
import { findDeletion } from '../../../src/features/workspaces/queries.js';
import { enqueueJob } from '../../../src/jobs/job.js';
import { inTenant, readTenant } from '../../../src/tenancy/in-tenant.js';
import { listWrappedKeys } from '../../../src/tenancy/queries.js';
import { open, unwrapKeys } from '../../../src/vault/keyring.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { goodPassword, mailsTo, newPerson, signIn } from '../accounts/people.js';
import { act, openTeam, type Team } from '../members/team.js';

process.env.TRUST_PROXY = 'loopback';
const Row = z.object({ count: z.number() });
let server: TestServer;

before(async () => {
  // No jobs run by themselves here: each test says when.
  server = await startTestServer({ tenants: 14 });
});
after(() => server?.close());

const askFor = (team: Team, typed: string, password = goodPassword) =>
  team.owner.person.submit(`${team.home}/settings/deletion`, { typed, password });

/** What a superuser finds of a tenant anywhere in the cluster. */
async function traces({ tenantId }: Team): Promise<Record<string, number>> {
  const { rows } = await server.database.admin.query(
    `select
       (select count(*)::int from pg_namespace where nspname = $1) as schemas,
       (select count(*)::int from pg_class where relnamespace = to_regnamespace($1)) as relations,
       (select count(*)::int from pg_roles where rolname = $1) as roles,
       (select count(*)::int from shared.tenants where id = $1) as tenants,
       (select count(*)::int from shared.tenant_keys where tenant_id = $1) as keys,
       (select count(*)::int from shared.memberships where tenant_id = $1) as memberships,
       (select count(*)::int from shared.invitations where tenant_id = $1) as invitations,
       (select count(*)::int from shared.migrations where schema_name = $1) as migrations,
       (select count(*)::int from graphile_worker._private_jobs where payload::text like '%' || $1 || '%') as jobs`,
    [tenantId],
  );
  return rows[0];
}

async function sessionsOf(id: string): Promise<number> {
  const { rows } = await server.database.admin.query(
    'select count(*)::int as count from shared.sessions where account_id = $1',
    [id],
  );
  return rows[0].count;
}

/** Something of every kind that a deletion has to find. */
async function fill(team: Team): Promise<void> {
  await act(team, team.owner, '/members/invitations', { email: `guest@${team.slug}.test`, role: 'member' });
  await inTenant(team.context, 'knowledge.create', (db) => enqueueJob(db, 'knowledge.index', { documentId: newId() }));
  mkdirSync(varPath('uploads'), { recursive: true });
  writeFileSync(join(varPath('uploads'), `00000000-1.${newId()}.${team.tenantId}.${newId()}.upload`), 'content');
}

const orderOf = (team: Team, answer: { location: string }) => ({
  deletionId: answer.location.split('/')[2] ?? '',
  owners: [team.owner.id],
});

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
  assert.equal((await traces(team)).schemas, 1);
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
  assert.deepEqual(new Set(Object.values(await traces(team))), new Set([0]), 'as a superuser sees it');
  assert.deepEqual(
    [await sessionsOf(onlyHere.id), await sessionsOf(elsewhere.id), await sessionsOf(team.owner.id)],
    [0, 1, 1],
    'signed out is who has nothing left, but for the one who waits for the receipt',
  );
  assert.equal((await onlyHere.person.get('/account')).status, 303, 'at once, not when a cache forgets');
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

test('a job that is repeated, or was killed anywhere in between, comes to the same end (IS-8)', async () => {
  const team = await openTeam(server, 'Crashed', 'carl');
  await team.join('crashed-member', 'member');
  await fill(team);
  const order = orderOf(team, await askFor(team, 'Crashed'));
  const logins = { provisioner: settingsOf(role.provisioner), worker: settingsOf(role.worker) };
  // As far as it came: counted, dropped, and then the process was gone.
  const people = await listMembersOnlyHere(logins.provisioner, { tenantId: team.tenantId, keep: team.owner.id });
  await server.database.admin.query(`update shared.deletions set counted_before = '{"schemas": 1}' where id = $1`, [
    order.deletionId,
  ]);
  await removeTenant(logins, team.tenantId, people);
  await removeTenant(logins, team.tenantId, people);
  assert.equal((await findDeletion(shared(), order.deletionId))?.finishedAt, null);

  await finishDeletion(order);
  const finished = await findDeletion(shared(), order.deletionId);
  assert.ok(finished?.finishedAt);
  assert.deepEqual(finished.countedBefore, { schemas: 1 }, 'what was counted first stays');
  assert.ok(Object.values(finished.countedAfter ?? { none: 1 }).every((count) => count === 0));
  assert.equal(await finishDeletion(order), undefined);
  assert.deepEqual((await findDeletion(shared(), order.deletionId))?.finishedAt, finished.finishedAt);
});

test('a deletion whose process died is taken up by the schedule (IS-8)', async () => {
  const team = await openTeam(server, 'Left', 'lea');
  const order = orderOf(team, await askFor(team, 'Left'));
  assert.equal(await finishDeletions(), 0, 'a fresh one is its own job’s');
  await server.database.admin.query(
    `update shared.deletions set requested_at = requested_at - interval '20 minutes' where id = $1`,
    [order.deletionId],
  );
  assert.equal(await finishDeletions(), 1);
  assert.equal((await traces(team)).schemas, 0);
});

test('while something is left there is no receipt, and the job fails to be repeated (IS-8)', async () => {
  const team = await openTeam(server, 'Stuck', 'stan');
  const order = orderOf(team, await askFor(team, 'Stuck'));
  const { admin } = server.database;
  // Somebody made an object that only a superuser may drop, in a schema of the same name.
  await admin.query(`
    create function public.put_back() returns event_trigger language plpgsql as $$
    begin
      if not exists (select from pg_namespace where nspname = '${team.tenantId}') then
        create schema ${team.tenantId};
      end if;
    end $$;
    create event trigger put_back on sql_drop execute function public.put_back();
  `);
  try {
    await assert.rejects(finishDeletion(order), /is left: \{"schemas":1\}/);
    assert.equal((await findDeletion(shared(), order.deletionId))?.finishedAt, null);
  } finally {
    await admin.query('drop event trigger put_back; drop function public.put_back()');
  }
  await finishDeletion(order);
  assert.equal((await traces(team)).schemas, 0);
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

test('a request that was under way when its workspace went is told so, and harms nobody (IS-8)', async () => {
  const team = await openTeam(server, 'Fleeting', 'fred');
  const { owner, context } = team;
  await readTenant(context, 'audit.read', async () => undefined);
  await finishDeletion(orderOf(team, await askFor(team, 'Fleeting')));
  const late = [
    () => readTenant(context, 'audit.read', (db) => db.one(Row, sql`select count(*) from audit_events`)),
    () => inTenant(context, 'audit.read', (db) => db.one(Row, sql`select count(*) from audit_events`)),
  ];
  for (const request of late) {
    await assert.rejects(request(), { name: 'Error', message: 'This workspace was deleted.', status: 404 });
  }
  assert.equal((await owner.person.get('/workspaces')).status, 200);
});

test('requests that race with the deletion end as a page or as not found, never as a failure of ours (IS-8)', async () => {
  const team = await openTeam(server, 'Raced', 'rita');
  const member = await team.join('racer', 'admin');
  const paths = ['', '/members', '/audit', '/settings', '/knowledge', '/agents', '/conversations'];
  const statuses = new Set<number>();
  let going = true;
  const runners = [team.owner, member].map(async ({ person }) => {
    for (let at = 0; going; at += 1) {
      const { status } = await person.get(`${team.home}${paths[at % paths.length]}`);
      statuses.add(status);
    }
  });
  await finishDeletion(orderOf(team, await askFor(team, 'Raced')));
  going = false;
  await Promise.all(runners);
  // 303: the racer's session ended with the workspace.
  assert.deepEqual(
    [...statuses].filter((status) => ![200, 303, 404].includes(status)),
    [],
  );
  assert.ok(statuses.has(404));
});

test('the operator’s order takes up a deletion that was begun, and knows no other slug (OP-3)', async () => {
  const team = await openTeam(server, 'Ordered', 'olga');
  const first = await orderDeletion(team.slug);
  assert.equal((await team.owner.person.get(team.home)).status, 404);
  assert.deepEqual(await orderDeletion(team.slug), first);
  const receipt = await finishDeletion(first);
  assert.equal(receipt?.before.members, 1);
  await assert.rejects(orderDeletion(team.slug), /There is no workspace at/);
  await assert.rejects(orderDeletion('no-such'), /There is no workspace at/);
  assert.equal(await sessionsOf(team.owner.id), 0);
  assert.equal((await signIn(newPerson(server), 'olga')).location, '/workspaces', 'the account itself stays');
});
