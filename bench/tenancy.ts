import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import pg from 'pg';
import { raw } from 'sql-template-tag';
import { z } from 'zod';
import { newId } from '../src/database/id.js';
import { migrateTenants } from '../src/database/migrate.js';
import { readMigrations } from '../src/database/migrations.js';
import { makeTenants } from '../src/database/provision.js';
import { role } from '../src/database/roles.js';
import { databaseOn, eachInItsOwnFlight, inOneTransaction } from '../src/database/scope.js';
import { loginSettings } from '../src/database/shared.js';
import { sql } from '../src/database/sql.js';
import type { TenantContext } from '../src/tenancy/context.js';
import { recordEvent } from '../src/tenancy/events.js';
import { inTenant, scopeOf } from '../src/tenancy/in-tenant.js';
import { openTestDatabase, shards, type TestDatabase } from '../test/support/database.js';
import { newWorkspace } from '../test/support/workspace.js';
import { interleave, median, percentile, ratio, rounded, say } from './support.js';

/** The numbers of tenancy: `npm run bench:tenancy`. Ratios against a baseline of the same run; TENANTS sets how many. */
const tenants = Number(process.env.TENANTS ?? 200);
const database = await openTestDatabase({ tenants: 0 });
const Row = z.object({ id: z.string(), event: z.string() });

const naive = Array.from(
  { length: shards },
  (_, shard) => new pg.Pool({ ...loginSettings(database, role.login(shard)), max: 2 }),
);

await provisioning(database);
const contexts = await claim(database);
await oneQuery(contexts);
await fourQueries(contexts);
await auditInTheTransaction(contexts);
await backendMemory(contexts);
await migrations(database);
await database.close();

async function provisioning({ provisioner }: TestDatabase) {
  const times: number[] = [];
  for (let made = 0; made < tenants; made += 10) {
    const started = performance.now();
    await makeTenants(provisioner, Math.min(10, tenants - made), shards);
    times.push((performance.now() - started) / 10);
  }
  const early = median(times.slice(0, 3));
  const late = median(times.slice(-3));
  say('Provisioning, ms a tenant (ten to a transaction)', [
    { 'first 30': rounded(early), [`last 30 of ${tenants}`]: rounded(late), ratio: rounded(late / early) },
  ]);
}

async function claim({ provisioner }: TestDatabase): Promise<TenantContext[]> {
  const contexts: TenantContext[] = [];
  const times: number[] = [];
  for (let number = 0; number < tenants; number += 1) {
    const started = performance.now();
    contexts.push(await newWorkspace(`bench-${number}`));
    times.push(performance.now() - started);
  }
  const full: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const started = performance.now();
    await makeTenants(provisioner, 1, shards);
    full.push(performance.now() - started);
  }
  say('A claim at sign-up (row, keys, seed transaction) against making the schema then, ms', [
    {
      claim: rounded(median(times)),
      'claim p99': rounded(percentile(times, 0.99)),
      'full DDL': rounded(median(full)),
      ratio: `1/${Math.round(median(full) / median(times))}`,
    },
  ]);
  for (const context of contexts) {
    const client = new pg.Client(provisioner);
    await client.connect();
    await client.query(`set role ${role.owner}`);
    await client.query(
      `insert into ${context.tenant.id}.audit_events (id, category, event, outcome, actor_kind, actor_name, trigger, request_id)
       select gen_random_uuid(), 'audit', 'bench', 'done', 'system', 'bench', 'job', 'bench' from generate_series(1, 200)`,
    );
    await client.end();
  }
  return contexts;
}

function pick<Item>(items: readonly Item[], turn: number): Item {
  const item = items[(turn * 7919) % items.length];
  if (!item) throw new Error('Nothing to pick from');
  return item;
}

/** The baseline is what an application without tenants would do: a qualified name, over a login that owns nothing else. */
async function plainPool({ address, admin }: TestDatabase, contexts: readonly TenantContext[]) {
  await admin.query(`create role bench_plain login password 'bench'`).catch(() => {});
  const { rows } = await admin.query<{ name: string }>('select quote_ident(current_database()) as name');
  await admin.query(`grant connect on database ${rows[0]?.name} to bench_plain`);
  for (const { tenant } of contexts) {
    await admin.query(
      `grant usage on schema ${tenant.id} to bench_plain; grant select on ${tenant.id}.audit_events to bench_plain`,
    );
  }
  return new pg.Pool({ ...address, user: 'bench_plain', password: 'bench', max: shards * 2 });
}

async function oneQuery(contexts: readonly TenantContext[]) {
  const pool = await plainPool(database, contexts);
  const plain = databaseOn(pool);
  const last = sql`select id, event from audit_events order by at desc, id desc limit 20`;
  const samples = await interleave({
    plain: (turn) =>
      plain.many(
        Row,
        raw(`select id, event from ${pick(contexts, turn).tenant.id}.audit_events order by at desc, id desc limit 20`),
      ),
    scoped: (turn) => eachInItsOwnFlight(scopeOf(pick(contexts, turn).tenant)).many(Row, last),
    naive: async (turn) => {
      const { tenant } = pick(contexts, turn);
      const client = await naive[tenant.loginShard]?.connect();
      await client?.query('begin');
      await client?.query(`set local role ${tenant.id}`);
      await client?.query(`set local search_path = ${tenant.id}`);
      await client?.query('select id, event from audit_events order by at desc, id desc limit $1', [20]);
      await client?.query('commit');
      client?.release();
    },
  });
  await Promise.all(naive.map((one) => one.end()));
  await pool.end();
  say('One query, 20 rows: plain schema-qualified, the tenant door, five round trips', [
    {
      'throughput plain/scoped': rounded(1 / ratio(samples, { of: 'scoped', to: 'plain', figure: 'rate' })),
      'node CPU scoped/plain': rounded(ratio(samples, { of: 'scoped', to: 'plain', figure: 'cpuMs' })),
      'throughput scoped/naive': rounded(ratio(samples, { of: 'scoped', to: 'naive', figure: 'rate' })),
      'scoped a second': Math.round(median((samples.scoped ?? []).map(({ rate }) => rate))),
    },
  ]);
}

async function fourQueries(contexts: readonly TenantContext[]) {
  const pool = await plainPool(database, contexts);
  for (const { tenant } of contexts) {
    for (const table of ['audit_events', 'settings', 'agents', 'documents'])
      await database.admin.query(`grant select on ${tenant.id}.${table} to bench_plain`);
  }
  const Id = z.object({ id: z.string() });
  const queries = [
    sql`select id from audit_events order by at desc limit 20`,
    sql`select id from settings`,
    sql`select id from agents`,
    sql`select id from documents`,
  ];
  const samples = await interleave({
    plain: async (turn) => {
      const { tenant } = pick(contexts, turn);
      const client = await pool.connect();
      for (const query of queries) {
        const text = query.text.replace(' from ', ` from ${tenant.id}.`);
        await client.query({ text, queryMode: 'extended' } as pg.QueryConfig);
      }
      client.release();
    },
    reading: async (turn) => {
      const db = eachInItsOwnFlight(scopeOf(pick(contexts, turn).tenant));
      for (const query of queries) await db.many(Id, query);
    },
    transaction: (turn) =>
      inOneTransaction(scopeOf(pick(contexts, turn).tenant), async (db) => {
        for (const query of queries) await db.many(Id, query);
      }),
  });
  await pool.end();
  say('Four queries in a row, throughput plain over ours', [
    {
      reading: rounded(1 / ratio(samples, { of: 'reading', to: 'plain', figure: 'rate' })),
      transaction: rounded(1 / ratio(samples, { of: 'transaction', to: 'plain', figure: 'rate' })),
    },
  ]);
}

async function auditInTheTransaction(contexts: readonly TenantContext[]) {
  const write = (context: TenantContext, audited: boolean) =>
    inTenant(context, 'settings.update', async (db) => {
      const id = newId();
      await db.run(sql`
        insert into documents (id, title, source, media_type, byte_size, stage)
        values (${id}, ${Buffer.from('x')}, 'paste', 'text/plain', 1, 'done')
      `);
      if (audited) await recordEvent(db, context, { category: 'knowledge', event: 'document.uploaded' });
    });
  const samples = await interleave(
    {
      without: (turn) => write(pick(contexts, turn), false),
      'with audit': (turn) => write(pick(contexts, turn), true),
    },
    { lanes: 32 },
  );
  say('Audit in the transaction of the act, 32 writers', [
    { 'throughput without/with': rounded(1 / ratio(samples, { of: 'with audit', to: 'without', figure: 'rate' })) },
  ]);
}

/** Private memory of the biggest backend after every tenant was touched, and of a fresh one. */
async function backendMemory(contexts: readonly TenantContext[]) {
  const tables = ['audit_events', 'settings', 'agents', 'documents', 'chunks', 'postings', 'conversations', 'messages'];
  for (const { tenant } of contexts) {
    await inOneTransaction(scopeOf(tenant), async (db) => {
      for (const table of tables) {
        await db.many(z.object({ count: z.number() }), raw(`select count(*) from ${table}`));
      }
    });
  }
  const { rows } = await database.admin.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and usename like 'bailiwick_app%'`,
  );
  const sizes = rows.map(({ pid }) => privateMegabytes(pid)).filter((size) => size > 0);
  say(`Private memory of a backend after ${contexts.length} tenants, eight tables each, MB`, [
    { backends: sizes.length, largest: rounded(Math.max(...sizes)), median: rounded(median(sizes)) },
  ]);
}

function privateMegabytes(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/Private_Dirty:\s+(\d+) kB/.exec(text)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

async function migrations({ provisioner, admin }: TestDatabase) {
  const last = readMigrations('tenant').find(({ version }) => version === '0002_settings');
  const { rows } = await admin.query<{ id: string }>('select id from shared.tenants');
  for (const { id } of rows) {
    await admin.query(
      `drop table ${id}.settings; delete from shared.migrations where schema_name = '${id}' and version = '${last?.version}'`,
    );
  }
  const started = performance.now();
  const done = await migrateTenants(provisioner);
  const seconds = (performance.now() - started) / 1000;
  say('Migration of all tenants (a table, a check, a grant)', [
    { tenants: done, 'tenants a second': Math.round(done / seconds) },
  ]);
}
