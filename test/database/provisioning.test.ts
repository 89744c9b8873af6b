import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { projectPath } from '../../src/config.js';
import { missingGuards } from '../../src/database/guards.js';
import { migrateTenants } from '../../src/database/migrate.js';
import { refillStandby } from '../../src/database/prepare.js';
import { presentSchemas } from '../../src/database/present.js';
import { makeTenants } from '../../src/database/provision.js';
import { UpstreamFailed } from '../../src/errors.js';
import { claimTenant } from '../../src/tenancy/provisioning.js';
import { openTestDatabase, shards, type TestDatabase } from '../support/database.js';
import { newWorkspace } from '../support/workspace.js';

let database: TestDatabase;
before(async () => {
  database = await openTestDatabase({ tenants: 0 });
});
after(() => database?.close());

async function count(statement: string, values: unknown[] = []): Promise<number> {
  const { rows } = await database.admin.query<{ count: string }>(statement, values);
  return Number(rows[0]?.count);
}

test('the written schemas are what the migrations make', async () => {
  const present = await presentSchemas(database.provisioner);
  assert.equal(present.tenant, readFileSync(projectPath('sql', 'tenant.schema.sql'), 'utf8'));
  assert.equal(present.shared, readFileSync(projectPath('sql', 'shared.schema.sql'), 'utf8'));
});

test('a fresh installation has no account, and none is made for anybody (V6.3.2)', async () => {
  assert.equal(await count('select count(*) from shared.accounts'), 0);
  assert.equal(await count('select count(*) from shared.memberships'), 0);
});

test('this Postgres allowed every guard', async () => {
  assert.deepEqual(await missingGuards(database.admin), []);
});

test('without a ready schema a sign-up is told to try again, and nothing is left', async () => {
  await assert.rejects(newWorkspace('too-early'), UpstreamFailed);
  assert.equal(await count('select count(*) from shared.tenants'), 0);
});

test('the standby pool is topped up to what is wanted, and no further (OP-4)', async () => {
  assert.equal(await refillStandby(database.provisioner, 3, shards), 3);
  assert.equal(await refillStandby(database.provisioner, 3, shards), 0);
  assert.equal(await count(`select count(*) from shared.tenants where status = 'standby'`), 3);
});

test('fifty sign-ups at once for three schemas: three get one each, all others are told (OP-4)', async () => {
  const results = await Promise.allSettled(Array.from({ length: 50 }, (_, number) => newWorkspace(`rush-${number}`)));
  const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.tenant.id] : []));
  assert.equal(new Set(won).size, 3);
  assert.equal(won.length, 3);
  assert.equal(await count('select count(*) from shared.tenant_keys'), 6);
});

test('a claim that fails half-way leaves nothing, and the schema stands by again', async () => {
  await makeTenants(database.provisioner, 1, shards);
  const failing = claimTenant({
    name: 'Half',
    slug: 'half',
    sharedWork: async () => {},
    tenantWork: async () => {
      throw new Error('the seed did not grow');
    },
  });
  await assert.rejects(failing, /seed did not grow/);
  assert.equal(await count(`select count(*) from shared.tenants where slug = 'half'`), 0);
  assert.equal(await count(`select count(*) from shared.tenants where status = 'standby'`), 1);
  assert.equal(await count('select count(*) from shared.tenant_keys'), 6);
});

test('migrations reach tenants and standby schemas alike, resume after a kill, and run once (OP-3)', async () => {
  const { rows } = await database.admin.query<{ id: string }>('select id from shared.tenants order by id');
  const version = '0002_settings';
  for (const { id } of rows) {
    await database.admin.query(`drop table ${id}.settings`);
    await database.admin.query('delete from shared.migrations where schema_name = $1 and version = $2', [id, version]);
  }
  const [first, ...rest] = rows;
  assert.ok(first && rest.length > 0);
  const said: string[] = [];
  const done = await migrateTenants(database.provisioner, (now, total) => said.push(`${now}/${total}`));
  assert.equal(done, rows.length);
  assert.equal(said.at(-1), `${rows.length}/${rows.length}`);
  assert.equal(await migrateTenants(database.provisioner), 0);
  for (const { id } of rows) {
    assert.equal(await count(`select count(*) from ${id}.settings`), 0);
    assert.equal(await count(`select count(*) where has_table_privilege($1, $2, 'insert')`, [id, `${id}.settings`]), 1);
  }
});

test('a migration that was changed after it ran stops the run and is named', async () => {
  await database.admin.query(`update shared.migrations set checksum = 'other' where version = '0002_settings'`);
  await assert.rejects(migrateTenants(database.provisioner), /0002_settings was changed/);
});
