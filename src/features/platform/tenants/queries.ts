import { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { empty, type Sql, sql } from '../../../database/sql.js';
import { NotFound } from '../../../errors.js';
import { orderOf, PlatformTenant, perPage, type Sort, type State, type TenantQuery } from './tenant.js';

const Count = z.object({ count: z.number() });

/**
 * Size, documents and last use come from the catalogue and the statistics, which tell them to a login that may not
 * read one row of the tables: nothing here needs a right on a workspace's schema. Its tables are found by what depends
 * on the schema, because pg_class has no index by schema and holds the tables of every workspace.
 */
const measured = sql`
  left join lateral (
    select
      sum(pg_total_relation_size(c.oid))::bigint as bytes,
      max(pg_stat_get_live_tuples(c.oid)) filter (where c.relname = 'documents') as documents,
      max(greatest(
        pg_stat_get_lastscan(c.oid),
        (select max(pg_stat_get_lastscan(i.indexrelid)) from pg_index i where i.indrelid = c.oid)
      )) as used_at
    from pg_namespace n
    join pg_depend d
      on d.refclassid = 'pg_namespace'::regclass
      and d.refobjid = n.oid
      and d.classid = 'pg_class'::regclass
    join pg_class c on c.oid = d.objid
    where n.nspname = t.id
      and c.relkind = 'r'
  ) size on true
`;

const counted = sql`
  left join lateral (
    select count(*) as members, count(*) filter (where m.role = 'owner') as owners
    from shared.memberships m
    where m.tenant_id = t.id
  ) people on true
`;

const directory = sql`
  t.id, t.slug, t.name, t.status, t.region, t.login_shard, coalesce(t.claimed_at, t.created_at) as created_at,
  t.suspended_at, t.trial_ends_at, t.quotas, people.members, people.owners
`;

const open = sql`t.status = 'active' and t.suspended_at is null`;

/** As `stateOf` says it. */
const conditions: Readonly<Record<State, Sql>> = {
  active: sql`${open} and people.owners > 0 and t.trial_ends_at is null`,
  suspended: sql`t.status = 'active' and t.suspended_at is not null`,
  trial: sql`${open} and people.owners > 0 and t.trial_ends_at > now()`,
  'trial-ended': sql`${open} and people.owners > 0 and t.trial_ends_at <= now()`,
  ownerless: sql`${open} and people.owners = 0`,
  deleting: sql`t.status = 'deleting'`,
};

function matching({ q, state }: TenantQuery): Sql {
  return sql`
    t.status <> 'standby'
    and not exists (
      select from shared.memberships m join shared.canaries c on c.account_id = m.account_id where m.tenant_id = t.id
    )
    and position(lower(${q}) in lower(t.name || ' ' || t.slug || ' ' || t.id)) > 0
    ${state ? sql`and ${conditions[state]}` : empty}
  `;
}

const orders: Readonly<Record<Sort, Sql>> = {
  created: sql`created_at`,
  name: sql`lower(name)`,
  members: sql`members`,
  size: sql`bytes`,
  used: sql`used_at`,
};

/**
 * One page. By size and by last use every workspace has to be measured first, a few milliseconds each; otherwise only
 * those that are shown.
 */
export async function listPlatformTenants(db: Database, query: TenantQuery): Promise<PlatformTenant[]> {
  const order = sql`${orders[query.sort]} ${orderOf(query) === 'asc' ? sql`asc nulls first` : sql`desc nulls last`}, id`;
  const range = sql`order by ${order} limit ${perPage} offset ${(query.page - 1) * perPage}`;
  const found = sql`from shared.tenants t ${counted} where ${matching(query)}`;
  const measureAll = query.sort === 'size' || query.sort === 'used';
  return db.many(
    PlatformTenant,
    measureAll
      ? sql`
          select ${directory}, size.bytes, size.documents, size.used_at
          from shared.tenants t ${counted} ${measured}
          where ${matching(query)}
          ${range}
        `
      : sql`
          select t.id, t.slug, t.name, t.status, t.region, t.login_shard, t.created_at, t.suspended_at,
            t.trial_ends_at, t.quotas, t.members, t.owners, size.bytes, size.documents, size.used_at
          from (select ${directory} ${found} ${range}) t ${measured}
          order by ${order}
        `,
  );
}

export async function countPlatformTenants(db: Database, query: TenantQuery): Promise<number> {
  const row = await db.one(Count, sql`select count(*) from shared.tenants t ${counted} where ${matching(query)}`);
  return row?.count ?? 0;
}

async function findTenantBy(db: Database, condition: Sql): Promise<PlatformTenant | undefined> {
  return db.one(
    PlatformTenant,
    sql`
      select ${directory}, size.bytes, size.documents, size.used_at
      from shared.tenants t ${counted} ${measured}
      where t.status <> 'standby'
        and ${condition}
    `,
  );
}

export async function getPlatformTenant(db: Database, id: string): Promise<PlatformTenant> {
  const tenant = await findTenantBy(db, sql`t.id = ${id}`);
  if (!tenant) throw new NotFound('There is no such workspace. It may have been deleted.');
  return tenant;
}

export async function getPlatformTenantBySlug(db: Database, slug: string): Promise<PlatformTenant> {
  const tenant = await findTenantBy(db, sql`t.slug = ${slug}`);
  if (!tenant) throw new NotFound(`There is no workspace at ${slug}.`);
  return tenant;
}

/** Zero when it is so already, or is being deleted. */
export function setSuspended(db: Database, id: string, suspended: boolean): Promise<number> {
  return db.run(sql`
    update shared.tenants
    set suspended_at = ${suspended ? sql`now()` : sql`null`}
    where id = ${id}
      and status = 'active'
      and (suspended_at is not null) <> ${suspended}
  `);
}

/** Zero when it is being deleted. */
export function setTrial(
  db: Database,
  id: string,
  { endsAt, quotas }: { endsAt: Date | null; quotas: object },
): Promise<number> {
  return db.run(sql`
    update shared.tenants
    set trial_ends_at = ${endsAt}, quotas = ${JSON.stringify(quotas)}::jsonb
    where id = ${id}
      and status = 'active'
  `);
}

/** Ends every link into a workspace. Answers how many there were. */
export function revokeAllInvitations(db: Database, tenantId: string): Promise<number> {
  return db.run(sql`
    update shared.invitations
    set revoked_at = now()
    where tenant_id = ${tenantId}
      and accepted_at is null
      and revoked_at is null
  `);
}
