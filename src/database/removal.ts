import pg from 'pg';
import { role, tenantRole } from './roles.js';

/** The logins that a removal takes: one owns the tenants, the other the queue. */
export interface RemovalLogins {
  readonly provisioner: pg.ClientConfig;
  readonly worker: pg.ClientConfig;
}

export type Counts = Record<string, number>;

/**
 * Everything that exists of a tenant, counted: rows by table, and what the installation keeps about it. All zero,
 * and no table at all, once it is gone. `people` are the accounts whose sessions go with it: afterwards no membership
 * tells who they were.
 */
export async function countTenant(
  { provisioner, worker }: RemovalLogins,
  id: string,
  people: readonly string[],
): Promise<Counts> {
  const schema = tenantRole(id);
  const counts = await asOwner(provisioner, async (client) => ({
    ...(await rowsByTable(client, schema)),
    ...(await keptElsewhere(client, schema, people)),
  }));
  const jobs = await withClient(worker, (client) =>
    client.query<{ count: number }>(
      `select count(*) as count from graphile_worker._private_jobs where payload ->> 'tenant' = $1`,
      [schema],
    ),
  );
  return { ...counts, jobs: jobs.rows[0]?.count ?? 0 };
}

async function rowsByTable(client: pg.Client, schema: string): Promise<Counts> {
  const { rows } = await client.query<{ name: string }>(
    `select quote_ident(relname) as name from pg_class
     where relnamespace = to_regnamespace($1) and relkind = 'r' order by relname`,
    [schema],
  );
  const counts: Counts = {};
  for (const { name } of rows) {
    const counted = await client.query<{ count: number }>(`select count(*) as count from ${schema}.${name}`);
    counts[`table ${name}`] = counted.rows[0]?.count ?? 0;
  }
  return counts;
}

async function keptElsewhere(client: pg.Client, schema: string, people: readonly string[]): Promise<Counts> {
  const { rows } = await client.query<Counts>(
    `select
       (select count(*) from pg_namespace where nspname = $1) as schemas,
       (select count(*) from pg_roles where rolname = $1) as roles,
       (select count(*) from shared.tenant_keys where tenant_id = $1) as keys,
       (select count(*) from shared.tenants where id = $1) as "directory entries",
       (select count(*) from shared.migrations where schema_name = $1) as migrations,
       (select count(*) from shared.memberships where tenant_id = $1) as members,
       (select count(*) from shared.invitations where tenant_id = $1) as invitations,
       (select count(*) from shared.sessions where account_id = any ($2::uuid[])) as sessions`,
    [schema, people],
  );
  return rows[0] ?? {};
}

/** Members who are in no other workspace, but for `keep`: for them there is nothing left to be signed in to. */
export async function listMembersOnlyHere(
  provisioner: pg.ClientConfig,
  { tenantId, keep }: { tenantId: string; keep: string },
): Promise<string[]> {
  return asOwner(provisioner, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `select m.account_id as id from shared.memberships m
       where m.tenant_id = $1
         and m.account_id <> $2
         and not exists (
           select from shared.memberships other join shared.tenants t on t.id = other.tenant_id
           where other.account_id = m.account_id and other.tenant_id <> $1 and t.status = 'active'
         )`,
      [tenantRole(tenantId), keep],
    );
    return rows.map((row) => row.id);
  });
}

/**
 * Drops a tenant's schema, role, keys, jobs and the sessions of `people`, whose keys it answers. Repeatable: what is
 * gone already is passed over.
 */
export async function removeTenant(logins: RemovalLogins, id: string, people: readonly string[]): Promise<string[]> {
  const schema = tenantRole(id);
  const ended = await asOwner(logins.provisioner, async (client) => {
    await client.query('begin');
    const sessions = await client.query<{ sid: string }>(
      'delete from shared.sessions where account_id = any ($1::uuid[]) returning sid',
      [people],
    );
    await client.query(`drop schema if exists ${schema} cascade`);
    await client.query('delete from shared.migrations where schema_name = $1', [schema]);
    await client.query('delete from shared.tenants where id = $1', [schema]);
    await client.query('reset role');
    await client.query(`drop role if exists ${schema}`);
    await client.query('commit');
    return sessions.rows.map((row) => row.sid);
  });
  // Last, when nothing can enqueue another one. One that runs finds its schema gone, and nobody to report to.
  await withClient(logins.worker, (client) =>
    client.query(`delete from graphile_worker._private_jobs where payload ->> 'tenant' = $1`, [schema]),
  );
  return ended;
}

/** The operator's order: nobody enters any more, and a receipt begins. No member's account stands behind it. */
export async function closeTenant(
  provisioner: pg.ClientConfig,
  { deletionId, tenantId }: { deletionId: string; tenantId: string },
): Promise<void> {
  await asOwner(provisioner, async (client) => {
    await client.query('begin');
    await client.query(
      `insert into shared.deletions (id, tenant_id, slug, name, deleted_by)
       select $1, id, slug, name, '00000000-0000-0000-0000-000000000000' from shared.tenants where id = $2`,
      [deletionId, tenantRole(tenantId)],
    );
    await client.query(`update shared.tenants set status = 'deleting' where id = $1`, [tenantId]);
    await client.query('commit');
  });
}

/** What was counted first stays; with `after` the deletion is finished. */
export async function noteCounts(
  provisioner: pg.ClientConfig,
  deletionId: string,
  { before, after }: { before: Counts; after?: Counts },
): Promise<void> {
  await asOwner(provisioner, (client) =>
    client.query(
      `update shared.deletions set
         counted_before = coalesce(counted_before, $2),
         counted_after = $3,
         finished_at = case when $3::jsonb is not null then now() end
       where id = $1`,
      [deletionId, JSON.stringify(before), after && JSON.stringify(after)],
    ),
  );
}

function asOwner<T>(settings: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  return withClient(settings, async (client) => {
    await client.query(`set role ${role.owner}`);
    return work(client);
  });
}

async function withClient<T>(settings: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(settings);
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
