import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { role } from '../../src/database/roles.js';
import { databaseOn } from '../../src/database/scope.js';
import { loginSettings } from '../../src/database/shared.js';
import { showSignOfLife } from '../../src/database/sign-of-life.js';
import { unlockJobsOfTheDead } from '../../src/jobs/queries.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let worker: pg.Client;

before(async () => {
  database = await openTestDatabase({ tenants: 0 });
  worker = new pg.Client(loginSettings(database, role.worker));
  await worker.connect();
});
after(async () => {
  await worker?.end();
  await database?.close();
});

async function lockedJob(by: string, seconds: number): Promise<string> {
  const { rows } = await database.admin.query(`select id from graphile_worker.add_job('a.task', '{}')`);
  await database.admin.query(
    `update graphile_worker._private_jobs set locked_by = $1, locked_at = now() - make_interval(secs => $2) where id = $3`,
    [by, seconds, rows[0].id],
  );
  return rows[0].id;
}

async function ownerOf(job: string): Promise<string | null> {
  const { rows } = await database.admin.query('select locked_by from graphile_worker._private_jobs where id = $1', [
    job,
  ]);
  return rows[0].locked_by;
}

test('the job of a worker that is gone is given back, that of a living one is not', async () => {
  const sign = showSignOfLife(loginSettings(database, role.worker), 'pool-living', async () => {});
  const deadline = Date.now() + 10_000;
  const seen = () => database.admin.query(`select from pg_stat_activity where application_name = 'pool-living'`);
  while ((await seen()).rowCount === 0 && Date.now() < deadline) await pause(20);
  const [dead, living] = [await lockedJob('pool-dead', 60), await lockedJob('pool-living', 60)];

  assert.equal(await unlockJobsOfTheDead(databaseOn(worker)), 1);
  assert.equal(await ownerOf(dead), null);
  assert.equal(await ownerOf(living), 'pool-living');

  await sign.end();
  while ((await seen()).rowCount !== 0 && Date.now() < deadline) await pause(20);
  assert.equal(await unlockJobsOfTheDead(databaseOn(worker)), 1);
  assert.equal(await ownerOf(living), null);
});

test('a worker that took its first job a moment ago has time to show itself', async () => {
  const job = await lockedJob('pool-starting', 2);
  assert.equal(await unlockJobsOfTheDead(databaseOn(worker)), 0);
  assert.equal(await ownerOf(job), 'pool-starting');
});

test('a sign of life comes back after the database cut it', async () => {
  const sign = showSignOfLife(loginSettings(database, role.worker), 'pool-cut', async () => {});
  const pid = async () =>
    (await database.admin.query(`select pid from pg_stat_activity where application_name = 'pool-cut'`)).rows[0]?.pid;
  const deadline = Date.now() + 20_000;
  while (!(await pid()) && Date.now() < deadline) await pause(20);
  const first = await pid();
  await database.admin.query('select pg_terminate_backend($1)', [first]);
  while ([undefined, first].includes(await pid()) && Date.now() < deadline) await pause(20);
  assert.notEqual(await pid(), first);
  assert.ok(await pid());
  await sign.end();
});
