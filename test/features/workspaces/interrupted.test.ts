import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { listMembersOnlyHere, removeTenant } from '../../../src/database/removal.js';
import { role } from '../../../src/database/roles.js';
import { settingsOf, shared } from '../../../src/database/shared.js';
import { sql } from '../../../src/database/sql.js';
import { finishDeletion, finishDeletions, orderDeletion } from '../../../src/features/workspaces/deletion.js';
import { findDeletion } from '../../../src/features/workspaces/queries.js';
import { inTenant, readTenant } from '../../../src/tenancy/in-tenant.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { until } from '../../support/until.js';
import { newPerson, signIn } from '../accounts/people.js';
import { openTeam } from '../members/team.js';
import { askFor, fill, orderOf, sessionsOf, traces } from './remains.js';

const Row = z.object({ count: z.number() });
let server: TestServer;

before(async () => {
  // No jobs run by themselves here: each test says when.
  server = await startTestServer({ tenants: 6, own: true });
});
after(() => server?.close());

test('a job that is repeated, or was killed anywhere in between, comes to the same end (IS-8, V2.3.3)', async () => {
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
  assert.equal((await traces(server, team)).schemas, 0);
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
  assert.equal((await traces(server, team)).schemas, 0);
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
  // It comes from another process, whose notice is on its way.
  await until('nobody enters any more', async () => (await team.owner.person.get(team.home)).status === 404);
  assert.deepEqual(await orderDeletion(team.slug), first);
  const receipt = await finishDeletion(first);
  assert.equal(receipt?.before.members, 1);
  await assert.rejects(orderDeletion(team.slug), /There is no workspace at/);
  await assert.rejects(orderDeletion('no-such'), /There is no workspace at/);
  assert.equal(await sessionsOf(server, team.owner.id), 0);
  assert.equal((await signIn(newPerson(server), 'olga')).location, '/workspaces', 'the account itself stays');
});
