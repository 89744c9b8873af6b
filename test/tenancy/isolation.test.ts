import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { z } from 'zod';
import { role } from '../../src/database/roles.js';
import { databaseOn, eachInItsOwnFlight, inOneTransaction } from '../../src/database/scope.js';
import { loginSettings } from '../../src/database/shared.js';
import { sql } from '../../src/database/sql.js';
import type { TenantContext } from '../../src/tenancy/context.js';
import { inTenant, readTenant, scopeOf } from '../../src/tenancy/in-tenant.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { unsafeSql } from '../support/unsafe-sql.js';
import { newWorkspace } from '../support/workspace.js';

let database: TestDatabase;
let acme: TenantContext;
let globex: TenantContext;
const Note = z.object({ event: z.string() });
const Anything = z.record(z.string(), z.unknown());

before(async () => {
  database = await openTestDatabase({ tenants: 3, own: true });
  [acme, globex] = await Promise.all([newWorkspace('acme'), newWorkspace('globex')]);
  await Promise.all([acme, globex].map(plantCanary));
  await makeNeighbours();
});
after(() => database?.close());

/** The worst case: both tenants behind the same login, so nothing but the role parts them. */
async function makeNeighbours() {
  const login = role.login(acme.tenant.loginShard);
  await database.admin.query(`grant ${globex.tenant.id} to ${login} with inherit false, set true`);
}

async function plantCanary({ tenant }: TenantContext) {
  await database.admin.query(
    `insert into ${tenant.id}.audit_events
       (id, category, event, outcome, actor_kind, actor_name, trigger, request_id)
     values (gen_random_uuid(), 'audit', $1, 'done', 'system', 'test', 'job', 'test')`,
    [`canary-of-${tenant.slug}`],
  );
}

function canaries(context: TenantContext) {
  return readTenant(context, 'audit.read', (db) =>
    db.many(Note, sql`select event from audit_events where event like 'canary-%'`),
  );
}

test('each workspace reads its own rows and no other (IS-1, IS-2, V8.4.1)', async () => {
  assert.deepEqual(await canaries(acme), [{ event: 'canary-of-acme' }]);
  assert.deepEqual(await canaries(globex), [{ event: 'canary-of-globex' }]);
});

describe('a planted hole: an unsafe query of acme, attacked over a login that may also become globex (IS-2)', () => {
  const steal = () => `select event from ${globex.tenant.id}.audit_events`;
  const attacks: Record<string, () => string> = {
    'a direct read of the other schema': steal,
    'set_config of the role in one expression': () =>
      `select set_config('role', '${globex.tenant.id}', true), query_to_xml('${steal()}', true, false, '')`,
    'query_to_xml alone': () => `select query_to_xml('${steal()}', true, false, '')::text`,
    table_to_xml: () => `select table_to_xml('${globex.tenant.id}.audit_events', true, false, '')::text`,
    'ts_stat runs its argument': () => `select ts_stat('${steal()}')`,
    'a stacked reset role': () => `select 1; reset role; ${steal()}`,
    'a stacked set role': () => `select 1; set role ${globex.tenant.id}; ${steal()}`,
    'set_config in a common table expression': () =>
      `with s as materialized (select set_config('role', '${globex.tenant.id}', true)) select s.*, e.event from s, ${globex.tenant.id}.audit_events e`,
    'search_path by set_config': () =>
      `select set_config('search_path', '${globex.tenant.id}', true), event from audit_events`,
    'a DO block': () => `do $$ begin set local role ${globex.tenant.id}; end $$`,
    'a function of its own': () =>
      `create function pg_temp.steal() returns text language sql as $$ ${steal()} limit 1 $$`,
    'reading a password hash': () => 'select password_hash from shared.accounts',
    'reading the keys': () => 'select wrapped from shared.tenant_keys',
    'a notice to other processes': () => `select pg_notify('bailiwick', 'session:*')`,
    'an advisory lock against a neighbour': () => 'select pg_advisory_lock(727001)',
    'a file of the server': () => `select pg_read_file('/etc/passwd')`,
    'a large object': () => `select lo_from_bytea(0, 'x')`,
    'forging a job of the installation': () => `select jobs.enqueue('mail.deliver', '{}', null, null)`,
  };

  for (const [name, statement] of Object.entries(attacks)) {
    for (const [door, open] of Object.entries({ 'one flight': eachInItsOwnFlight, transaction: undefined })) {
      test(`${name}, by ${door}`, async () => {
        const attack = unsafeSql(statement());
        const outcome = await (open
          ? open(scopeOf(acme.tenant)).many(Anything, attack)
          : inOneTransaction(scopeOf(acme.tenant), (db) => db.many(Anything, attack))
        ).then(
          (rows) => JSON.stringify(rows),
          (error: Error & { code?: string }) => error,
        );
        assert.ok(outcome instanceof Error, `answered ${String(outcome).slice(0, 100)}`);
        assert.doesNotMatch(outcome.message, /canary/);
        assert.deepEqual(await canaries(acme), [{ event: 'canary-of-acme' }]);
      });
    }
  }

  test('the same hole without the guard does leak, so the attack is a real one', async () => {
    const login = loginSettings(database, role.login(acme.tenant.loginShard));
    const client = new pg.Client(login);
    await client.connect();
    await database.admin.query('grant execute on function pg_catalog.set_config(text, text, boolean) to public');
    await database.admin.query(
      'grant execute on function pg_catalog.query_to_xml(text, boolean, boolean, text) to public',
    );
    try {
      const statement = unsafeSql(attacks['set_config of the role in one expression']?.() ?? '');
      const rows = await eachInItsOwnFlight(scopeOf(acme.tenant)).many(Anything, statement);
      assert.match(JSON.stringify(rows), /canary-of-globex/);
    } finally {
      await database.admin.query('revoke execute on function pg_catalog.set_config(text, text, boolean) from public');
      await database.admin.query(
        'revoke execute on function pg_catalog.query_to_xml(text, boolean, boolean, text) from public',
      );
      await client.end();
    }
  });
});

test('the web login and the tenant logins own nothing, make nothing and read no tenant by themselves (IS-2)', async () => {
  for (const name of [role.web, role.login(acme.tenant.loginShard)]) {
    const client = new pg.Client(loginSettings(database, name));
    await client.connect();
    const denied = [
      `select event from ${acme.tenant.id}.audit_events`,
      'create table shared.mine (id int)',
      'create schema mine',
      'create temporary table mine (id int)',
      `create role mine`,
      `alter role ${name} createrole`,
      `drop schema ${acme.tenant.id} cascade`,
      `grant ${acme.tenant.id} to ${role.web}`,
      `set role ${role.owner}`,
      `truncate shared.accounts`,
    ];
    for (const statement of denied) {
      await assert.rejects(
        client.query(statement),
        /permission denied|must be|must have|may not|Only roles/i,
        statement,
      );
    }
    const owned = await databaseOn(client).many(
      Anything,
      sql`select relname from pg_class where relowner = (select oid from pg_roles where rolname = current_user)`,
    );
    assert.deepEqual(owned, []);
    await client.end();
  }
});

test('a tenant role may write its audit and never change it (AU-2)', async () => {
  for (const statement of [
    `update audit_events set event = 'x'`,
    'delete from audit_events',
    'truncate audit_events',
  ]) {
    await assert.rejects(
      inTenant(acme, 'audit.read', (db) => db.run(unsafeSql(statement))),
      /permission denied for table audit_events/,
    );
  }
});

test('no foreign key leads from a tenant to a shared table, and no tenant role sees another schema', async () => {
  const { rows } = await database.admin.query(
    `select conname from pg_constraint c
     where contype = 'f' and conrelid::regclass::text like 'tenant%' and confrelid::regclass::text like 'shared%'`,
  );
  assert.deepEqual(rows, []);
  const seen = await database.admin.query(
    `select r.rolname, n.nspname from pg_roles r, pg_namespace n
     where r.rolname like 'tenant%' and (n.nspname like 'tenant%' or n.nspname = 'shared')
       and n.nspname <> r.rolname and has_schema_privilege(r.oid, n.oid, 'usage')`,
  );
  assert.deepEqual(seen.rows, []);
});
