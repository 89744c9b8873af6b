import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { newId } from '../../src/database/id.js';
import { often } from '../../src/database/prepared.js';
import { role } from '../../src/database/roles.js';
import { sql } from '../../src/database/sql.js';
import type { TenantContext } from '../../src/tenancy/context.js';
import { inTenant, readTenant } from '../../src/tenancy/in-tenant.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { unsafeSql } from '../support/unsafe-sql.js';
import { newWorkspace } from '../support/workspace.js';

let database: TestDatabase;
let contexts: TenantContext[];

before(async () => {
  database = await openTestDatabase({ tenants: 2, own: true });
  contexts = await Promise.all([newWorkspace('acme'), newWorkspace('globex')]);
  // One login for both: they share backends, so nothing but the switch of role parts them.
  const [acme, globex] = contexts.map(({ tenant }) => tenant);
  if (!acme || !globex) return;
  await database.admin.query(`grant ${globex.id} to ${role.login(acme.loginShard)} with inherit false, set true`);
  contexts = contexts.map((context) => ({ ...context, tenant: { ...context.tenant, loginShard: acme.loginShard } }));
  for (const context of contexts) await mark(context);
});
after(() => database?.close());

const Marked = z.object({ requestId: z.string(), role: z.string() });

function mark({ tenant }: TenantContext) {
  return database.admin.query(
    `insert into ${tenant.id}.audit_events (id, category, event, outcome, actor_kind, actor_name, trigger, request_id)
     values ($1, 'audit', 'mark', 'done', 'system', 'test', 'job', $2)`,
    [newId(), tenant.id],
  );
}

const readMarks = sql`select request_id, current_user::text as role from audit_events where event = 'mark'`;
const readPrepared = often(sql`select request_id, current_user::text as role from audit_events where event = 'mark' `);

/** Ways in which a request can go wrong half-way; each is followed by honest reads on the same backends. */
const spoilers: ((context: TenantContext) => Promise<unknown>)[] = [
  (context) =>
    inTenant(context, 'audit.read', (db) => db.run(unsafeSql('select pg_terminate_backend(pg_backend_pid())'))),
  (context) =>
    inTenant(context, 'audit.read', async (db) => {
      await db.many(Marked, readMarks);
      throw new Error('the rule said no');
    }),
  (context) => inTenant(context, 'audit.read', (db) => db.run(unsafeSql('select 1 / 0'))),
  (context) =>
    inTenant(context, 'audit.read', async (db) => {
      await db.run(unsafeSql(`set local statement_timeout = '5ms'`));
      await db.run(unsafeSql('select count(*) from generate_series(1, 100000000)'));
    }),
  (context) => readTenant(context, 'audit.read', (db) => db.run(unsafeSql('select nothing from nowhere'))),
];

test('500 interleaved requests of two workspaces, with killed backends and time-outs, never mix (IS-2)', async () => {
  let wrong = 0;
  let answered = 0;
  const honest = async (context: TenantContext, number: number) => {
    const door = number % 2 === 0 ? readTenant : inTenant;
    const statement = number % 3 === 0 ? readMarks : readPrepared;
    const rows = await door(context, 'audit.read', (db) => db.many(Marked, statement)).catch(() => []);
    answered += rows.length;
    wrong += rows.filter((row) => row.requestId !== context.tenant.id || row.role !== context.tenant.id).length;
  };
  const killer = setInterval(() => {
    void database.admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and usename = $1 order by random() limit 1`,
      [role.login(contexts[0]?.tenant.loginShard ?? 0)],
    );
  }, 40);
  const requests = Array.from({ length: 500 }, (_, number) => async () => {
    const context = contexts[number % contexts.length];
    if (!context) return;
    const spoiler = spoilers[number % 25];
    if (spoiler) await spoiler(context).catch(() => {});
    await honest(context, number);
  });
  const lanes = Array.from({ length: 8 }, async () => {
    for (let next = requests.shift(); next; next = requests.shift()) await next();
  });
  await Promise.all(lanes);
  clearInterval(killer);
  assert.equal(wrong, 0);
  assert.ok(answered > 300, `only ${answered} of 500 were answered`);
});

test('after the storm the pool serves again without a restart', async () => {
  for (const context of contexts) {
    const rows = await readTenant(context, 'audit.read', (db) => db.many(Marked, readMarks));
    assert.deepEqual(rows, [{ requestId: context.tenant.id, role: context.tenant.id }]);
  }
});

const Counted = z.object({ count: z.coerce.number() });

test('what is prepared is read anew when its tables have changed, and a connection keeps no more than some of it (IS-2)', async () => {
  const [context] = contexts;
  assert.ok(context);
  const whole = often(sql`select * from settings`);
  const all = () => readTenant(context, 'audit.read', (db) => db.many(z.object({ id: z.string() }), whole));
  const before = await all();
  await database.admin.query(`alter table ${context.tenant.id}.settings add column later integer`);
  await assert.rejects(all());
  assert.deepEqual(await all(), before);
  await database.admin.query(`alter table ${context.tenant.id}.settings drop column later`);
  const ask = (statement: string) =>
    readTenant(context, 'audit.read', (db) => db.one(Counted, often(unsafeSql(`select ${statement} as count`))));
  for (const round of [1, 2])
    for (let number = 0; number < 130; number += 1)
      assert.equal((await ask(String(number)))?.count, number, `round ${round}`);
  const kept = (await ask('(select count(*) from pg_prepared_statements)'))?.count ?? 0;
  assert.ok(kept > 90 && kept <= 101, `${kept} of 130`);
  await assert.rejects(ask('1 / (count(*) - count(*)) from settings'));
  assert.equal((await ask('7'))?.count, 7);
});
