import { z } from 'zod';
import type { Database } from '../../database/database.js';
import { role } from '../../database/roles.js';
import { sql } from '../../database/sql.js';
import { ClaimCheck, type Finding } from './claim.js';

export async function listClaimChecks(db: Database): Promise<ClaimCheck[]> {
  return db.many(ClaimCheck, sql`select claim, state, evidence, checked_at, passed_at, since from shared.claim_checks`);
}

export async function keepFinding(db: Database, claim: string, { state, evidence }: Finding): Promise<void> {
  const passed = state === 'enforced';
  await db.run(sql`
    insert into shared.claim_checks as known (claim, state, evidence, passed_at)
    values (${claim}, ${state}, ${evidence}, case when ${passed} then now() end)
    on conflict (claim) do update set
      state = excluded.state,
      evidence = excluded.evidence,
      checked_at = now(),
      passed_at = coalesce(excluded.passed_at, known.passed_at),
      since = case when known.state = excluded.state then known.since else now() end
  `);
}

const Login = z.object({ name: z.string(), problem: z.string() });

/** What a login of the product may do that it must not be able to do (IS-2). */
export async function listExcessiveRights(db: Database): Promise<z.infer<typeof Login>[]> {
  return db.many(
    Login,
    sql`
      with logins as (
        select oid, rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls
        from pg_catalog.pg_roles
        where rolname in (${role.web}, ${role.logins}) or rolname like 'bailiwick\\_app\\_%'
      )
      select rolname as name, problem
      from logins
      cross join lateral (values
        (rolsuper, 'is a superuser'),
        (rolcreaterole, 'may make roles'),
        (rolcreatedb, 'may make databases'),
        (rolbypassrls, 'bypasses row policies'),
        (exists (select from pg_catalog.pg_class c where c.relowner = logins.oid), 'owns tables'),
        (exists (select from pg_catalog.pg_namespace n where n.nspowner = logins.oid), 'owns a schema'),
        (has_database_privilege(logins.oid, current_database(), 'create'), 'may make schemas')
      ) as judged (is_so, problem)
      where is_so
      union all
      select rolname, 'can log in'
      from pg_catalog.pg_roles
      where rolname ~ '^tenant_[a-z0-9]{16}$'
        and rolcanlogin
      order by name, problem
    `,
  );
}

const Pair = z.object({ id: z.string(), loginShard: z.number() });

/** Two workspaces that share a login where there are such: the hardest neighbours to keep apart. */
export async function pickNeighbours(db: Database): Promise<z.infer<typeof Pair>[]> {
  return db.many(
    Pair,
    sql`
      select id, login_shard
      from shared.tenants
      where status in ('active', 'standby')
      order by (select count(*) from shared.tenants o where o.login_shard = tenants.login_shard) desc, login_shard, id
      limit 2
    `,
  );
}

const Changer = z.object({ schema: z.string() });

/** Workspaces whose own role, or any login, could change or remove what its audit holds (AU-2). */
export async function listChangeableAudits(db: Database): Promise<string[]> {
  const rows = await db.many(
    Changer,
    sql`
      select t.id as schema
      from shared.tenants t
      join pg_catalog.pg_namespace n on n.nspname = t.id
      join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = 'audit_events'
      join pg_catalog.pg_roles r on r.rolname = t.id
      where has_table_privilege(r.oid, c.oid, 'update, delete, truncate')
        or has_table_privilege(${role.web}, c.oid, 'select, insert, update, delete, truncate')
      order by t.id
    `,
  );
  return rows.map(({ schema }) => schema);
}

const Passwords = z.object({ all: z.coerce.number(), weak: z.coerce.number() });

/** How many passwords are kept, and how many of them in a form that is cheaper to guess than bcrypt of cost 12. */
export async function countPasswords(db: Database): Promise<z.infer<typeof Passwords>> {
  const counted = await db.one(
    Passwords,
    sql`
      select count(password_hash) as all, count(*) filter (where password_hash !~ '^\\$2[ab]\\$1[2-9]\\$') as weak
      from shared.accounts
    `,
  );
  return counted ?? { all: 0, weak: 0 };
}

const Connection = z.object({ encrypted: z.boolean(), local: z.boolean() });

export async function findConnection(db: Database): Promise<z.infer<typeof Connection> | undefined> {
  return db.one(
    Connection,
    sql`
      select
        coalesce((select ssl from pg_catalog.pg_stat_ssl where pid = pg_backend_pid()), false) as encrypted,
        inet_client_addr() is null or inet_client_addr() <<= '127.0.0.0/8' or inet_client_addr() = '::1' as local
    `,
  );
}

const Tenant = z.object({ id: z.string() });

export async function findAnyKeyedTenant(db: Database): Promise<string | undefined> {
  const row = await db.one(
    Tenant,
    sql`
      select t.id
      from shared.tenants t
      where t.status = 'active'
        and exists (select from shared.tenant_keys k where k.tenant_id = t.id)
      order by random()
      limit 1
    `,
  );
  return row?.id;
}

const Region = z.object({ region: z.string() });

/** Where workspaces lie; none for an installation that names no regions. */
export async function listRegions(db: Database): Promise<string[]> {
  const rows = await db.many(
    Region,
    sql`select distinct region from shared.tenants where status <> 'deleting' and region <> 'default' order by region`,
  );
  return rows.map(({ region }) => region);
}
