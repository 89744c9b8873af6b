import { z } from 'zod';
import type { Database } from '../database/database.js';
import { empty, type Sql, sql } from '../database/sql.js';
import { roles } from './permissions.js';

const Most = z.number().int().min(0).optional().catch(undefined);
const QuotasRow = z
  .object({ members: Most, documents: Most, messagesPerMonth: Most, tokensPerMonth: Most, costPerMonth: Most })
  .catch({});

export const TenantRow = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  loginShard: z.number(),
  trialEndsAt: z.date().nullable(),
  quotas: QuotasRow,
});

const tenantColumns = sql`t.id, t.slug, t.name, t.login_shard, t.trial_ends_at, t.quotas`;

const WrappedRow = z.object({
  purpose: z.enum(['content', 'index']),
  generation: z.number(),
  wrapped: z.instanceof(Buffer),
});

const MembershipRow = TenantRow.extend({ role: z.enum(roles) });
export const PolicyRow = z.object({
  secondFactorFrom: z.date().nullable(),
  noPasswordsFrom: z.date().nullable(),
  noCodesFrom: z.date().nullable(),
  rememberBrowsers: z.boolean(),
  idleMinutes: z.number(),
});
const EntryRow = MembershipRow.extend({
  ...PolicyRow.shape,
  ownRoles: z.array(z.uuid()),
  granted: z.array(z.string()),
  suspended: z.boolean(),
});
const StandbyRow = z.object({ id: z.string(), loginShard: z.number() });

export async function listWrappedKeys(db: Database, tenantId: string) {
  return db.many(
    WrappedRow,
    sql`select purpose, generation, wrapped from shared.tenant_keys where tenant_id = ${tenantId}`,
  );
}

export async function insertWrappedKey(db: Database, tenantId: string, key: z.infer<typeof WrappedRow>) {
  await db.run(sql`
    insert into shared.tenant_keys (tenant_id, purpose, generation, wrapped)
    values (${tenantId}, ${key.purpose}, ${key.generation}, ${key.wrapped})
  `);
}

export async function listMemberships(db: Database, accountId: string) {
  return db.many(
    MembershipRow,
    sql`
      select ${tenantColumns}, m.role
      from shared.tenants t
      join shared.memberships m on m.tenant_id = t.id
      where m.account_id = ${accountId}
        and t.status = 'active'
      order by lower(t.name), t.id
    `,
  );
}

/** The workspace's own roles that a member holds, directly or through groups. `m` is the membership. */
const heldRoles = sql`
  select rm.role_id from shared.role_members rm
  where rm.tenant_id = m.tenant_id and rm.account_id = m.account_id
  union
  select gr.role_id from shared.group_members gm
  join shared.group_roles gr on gr.tenant_id = gm.tenant_id and gr.group_id = gm.group_id
  where gm.tenant_id = m.tenant_id and gm.account_id = m.account_id
`;

/** What these give. */
export const grantedPermissions = sql`
  array(
    select distinct unnest(r.permissions)
    from shared.roles r
    where r.tenant_id = m.tenant_id
      and r.id in (${heldRoles})
  )
`;

/** All that decides what an account may do where, in one statement. */
export async function listEntries(db: Database, accountId: string) {
  return db.many(
    EntryRow,
    sql`
      select ${tenantColumns}, m.role, array(${heldRoles}) as own_roles, ${grantedPermissions} as granted, t.suspended_at is not null as suspended,
        p.second_factor_from, p.no_passwords_from, p.no_codes_from,
        coalesce(p.remember_browsers, true) as remember_browsers, coalesce(p.idle_minutes, 30) as idle_minutes
      from shared.memberships m
      join shared.tenants t on t.id = m.tenant_id
      left join shared.tenant_policies p on p.tenant_id = m.tenant_id
      where m.account_id = ${accountId}
        and t.status = 'active'
      order by lower(t.name), t.id
    `,
  );
}

export async function findTenant(db: Database, tenantId: string) {
  return db.one(
    TenantRow,
    sql`
      select ${tenantColumns}
      from shared.tenants t
      where t.id = ${tenantId}
        and t.status = 'active'
    `,
  );
}

const WorkRow = TenantRow.extend({ suspended: z.boolean() });

/** The same for work that waits in the queue, which asks whether it may go on. */
export async function findForWork(db: Database, tenantId: string) {
  return db.one(
    WorkRow,
    sql`
      select ${tenantColumns}, t.suspended_at is not null as suspended
      from shared.tenants t
      where t.id = ${tenantId}
        and t.status = 'active'
    `,
  );
}

/** Any one standby schema; the caller learns by claimTenant whether it was first. */
export async function findStandby(db: Database) {
  return db.one(
    StandbyRow,
    sql`
      select id, login_shard
      from shared.tenants
      where status = 'standby'
      order by random()
      limit 1
    `,
  );
}

/** Zero when somebody else claimed it first. */
export async function claimStandby(
  db: Database,
  tenant: { id: string; slug: string; name: string; trialEndsAt?: Date | null },
): Promise<number> {
  return db.run(sql`
    update shared.tenants
    set status = 'active', slug = ${tenant.slug}, name = ${tenant.name}, claimed_at = now(),
      trial_ends_at = ${tenant.trialEndsAt ?? null}
    where id = (
      select id from shared.tenants where id = ${tenant.id} and status = 'standby' for update skip locked
    )
  `);
}

export async function insertMembership(db: Database, tenantId: string, accountId: string, role: string) {
  await db.run(sql`
    insert into shared.memberships (tenant_id, account_id, role)
    values (${tenantId}, ${accountId}, ${role})
  `);
}

export interface EventRow {
  readonly id: string;
  readonly category: string;
  readonly event: string;
  readonly outcome: string;
  readonly actorKind: string;
  readonly accountId: string | null;
  readonly agentId: string | null;
  readonly actorName: string;
  readonly subjectKind: string | null;
  readonly subjectId: string | null;
  readonly trigger: string;
  readonly requestId: string;
  readonly address: string | null;
  readonly digest: Buffer | null;
  readonly details: string;
}

/** The event as a statement. With `from`, it is written once for each of its rows: for none when nothing was done. */
export function eventInsertion(row: EventRow, from?: Sql): Sql {
  return sql`
    insert into audit_events (
      id, category, event, outcome, actor_kind, account_id, agent_id, actor_name,
      subject_kind, subject_id, trigger, request_id, address, arguments_digest, details
    )
    select
      ${row.id}, ${row.category}, ${row.event}, ${row.outcome}, ${row.actorKind}, ${row.accountId}, ${row.agentId},
      ${row.actorName}, ${row.subjectKind}, ${row.subjectId}, ${row.trigger}, ${row.requestId}, ${row.address},
      ${row.digest}, ${row.details}
    ${from ? sql`from ${from}` : empty}
  `;
}
