import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { isPostgresError } from './failure.js';
import { installLock } from './install.js';
import { forTenant, type Migration, readMigrations } from './migrations.js';
import { role } from './roles.js';

const tenantsPerTransaction = 10;
const connections = 4;
const mostTries = 20;

interface Pending {
  readonly schema: string;
  readonly migrations: readonly Migration[];
}

/** Brings the shared schema to the present. `settings` connect as the provisioner. */
export async function migrateShared(settings: pg.ClientConfig): Promise<void> {
  const client = await connectAsOwner(settings);
  try {
    await client.query(`select pg_advisory_xact_lock(${installLock})`);
    const { rows } = await client.query(`select to_regclass('shared.migrations') as known`);
    const applied = rows[0]?.known ? await appliedVersions(client, 'shared') : new Map<string, string>();
    for (const migration of pendingOf(readMigrations('shared'), applied, 'shared')) {
      await client.query('begin');
      await client.query(migration.text);
      await note(client, 'shared', migration);
      await client.query('commit');
    }
  } finally {
    await client.end();
  }
}

/**
 * Brings every tenant and standby schema to the present: a few to a transaction, several connections, short lock
 * waits with retry. What is done is noted in the same transaction, so a killed run goes on where it stopped.
 */
export async function migrateTenants(
  settings: pg.ClientConfig,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<number> {
  const pending = await pendingTenants(settings);
  const batches: Pending[][] = [];
  for (let at = 0; at < pending.length; at += tenantsPerTransaction) {
    batches.push(pending.slice(at, at + tenantsPerTransaction));
  }
  let done = 0;
  const worker = async () => {
    const client = await connectAsOwner(settings);
    try {
      for (let batch = batches.shift(); batch; batch = batches.shift()) {
        await applyWithRetry(client, batch);
        done += batch.length;
        onProgress(done, pending.length);
      }
    } finally {
      await client.end();
    }
  };
  await Promise.all(Array.from({ length: Math.min(connections, batches.length) }, worker));
  return done;
}

/** Whether the shared schema is what this version needs: for the readiness probe, over any login that may look. */
export async function countPendingShared(client: pg.Pool): Promise<number> {
  const { rows } = await client.query<{ version: string }>(
    `select version from shared.migrations where schema_name = 'shared'`,
  );
  const applied = new Set(rows.map(({ version }) => version));
  return readMigrations('shared').filter(({ version }) => !applied.has(version)).length;
}

async function pendingTenants(settings: pg.ClientConfig): Promise<Pending[]> {
  const client = await connectAsOwner(settings);
  try {
    const { rows } = await client.query<{ id: string; applied: Record<string, string> | null }>(`
      select t.id, (
        select json_object_agg(m.version, m.checksum) from shared.migrations m where m.schema_name = t.id
      ) as applied
      from shared.tenants t
      where t.status <> 'deleting'
      order by t.id
    `);
    const known = readMigrations('tenant');
    const pending = rows.map(({ id, applied }) => ({
      schema: id,
      migrations: pendingOf(known, new Map(Object.entries(applied ?? {})), id),
    }));
    return pending.filter(({ migrations }) => migrations.length > 0);
  } finally {
    await client.end();
  }
}

async function applyWithRetry(client: pg.Client, batch: readonly Pending[]): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await applyBatch(client, batch);
    } catch (error) {
      await client.query('rollback');
      const locked = isPostgresError(error) && (error.code === '55P03' || error.code === '40P01');
      if (!locked || tries === mostTries) throw error;
      await pause(100 + Math.random() * 400);
    }
  }
}

async function applyBatch(client: pg.Client, batch: readonly Pending[]): Promise<void> {
  await client.query(`begin; set local lock_timeout = '1s'`);
  for (const { schema, migrations } of batch) {
    for (const migration of migrations) {
      await note(client, schema, migration);
      await client.query(forTenant(`set local search_path = :tenant;\n${migration.text}`, schema));
    }
  }
  await client.query('commit');
}

function pendingOf(known: readonly Migration[], applied: ReadonlyMap<string, string>, schema: string): Migration[] {
  for (const { version, checksum } of known) {
    const before = applied.get(version);
    if (before && before !== checksum) {
      throw new Error(`Migration ${version} was changed after it ran in ${schema}. Add a new one instead.`);
    }
  }
  return known.filter(({ version }) => !applied.has(version));
}

async function appliedVersions(client: pg.Client, schema: string): Promise<Map<string, string>> {
  const { rows } = await client.query<{ version: string; checksum: string }>(
    'select version, checksum from shared.migrations where schema_name = $1',
    [schema],
  );
  return new Map(rows.map(({ version, checksum }) => [version, checksum]));
}

async function note(client: pg.Client, schema: string, { version, checksum }: Migration): Promise<void> {
  await client.query('insert into shared.migrations (schema_name, version, checksum) values ($1, $2, $3)', [
    schema,
    version,
    checksum,
  ]);
}

async function connectAsOwner(settings: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(settings);
  client.on('error', () => {});
  await client.connect();
  await client.query(`set role ${role.owner}`);
  return client;
}
