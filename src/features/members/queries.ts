import { z } from 'zod';
import type { Database } from '../../database/database.js';
import { sql } from '../../database/sql.js';
import { NotFound } from '../../errors.js';
import { type Role, roles, union } from '../../tenancy/permissions.js';
import { grantedPermissions } from '../../tenancy/queries.js';
import { Member, type Standing } from './member.js';

const RoleRow = z.object({ accountId: z.uuid(), role: z.enum(roles) });
const StandingRow = RoleRow.extend({ granted: z.array(z.string()) });

const memberColumns = sql`
  a.id as account_id, a.name, a.username, a.email, m.role, m.joined_at, ${grantedPermissions} as granted,
  array(
    select r.name from shared.role_members rm
    join shared.roles r on r.tenant_id = rm.tenant_id and r.id = rm.role_id
    where rm.tenant_id = m.tenant_id and rm.account_id = m.account_id
    order by lower(r.name)
  ) as own_roles,
  array(
    select g.name from shared.group_members gm
    join shared.groups g on g.tenant_id = gm.tenant_id and g.id = gm.group_id
    where gm.tenant_id = m.tenant_id and gm.account_id = m.account_id
    order by lower(g.name)
  ) as groups
`;

export async function listMembers(db: Database, tenantId: string): Promise<Member[]> {
  return db.many(
    Member,
    sql`
      select ${memberColumns}
      from shared.memberships m
      join shared.accounts a on a.id = m.account_id
      where m.tenant_id = ${tenantId}
      order by lower(a.name), a.id
    `,
  );
}

export interface MemberFilter {
  /** Words of the name, username or address, as typed. */
  readonly query: string;
  readonly role: Role | undefined;
  /** A role of the workspace's own, held directly or through a group. */
  readonly ownRole?: string | undefined;
}

function matching(tenantId: string, { query, role, ownRole }: MemberFilter) {
  return sql`
    m.tenant_id = ${tenantId}
    and (${role ?? null}::text is null or m.role = ${role ?? null})
    and (
      ${ownRole ?? null}::uuid is null
      or exists (
        select from shared.role_members rm
        where rm.tenant_id = m.tenant_id and rm.account_id = m.account_id and rm.role_id = ${ownRole ?? null}
      )
      or exists (
        select from shared.group_members gm
        join shared.group_roles gr on gr.tenant_id = gm.tenant_id and gr.group_id = gm.group_id
        where gm.tenant_id = m.tenant_id and gm.account_id = m.account_id and gr.role_id = ${ownRole ?? null}
      )
    )
    and position(lower(${query}) in lower(a.name || ' ' || a.username || ' ' || a.email)) > 0
  `;
}

export async function searchMembers(
  db: Database,
  tenantId: string,
  { limit, offset, ...filter }: MemberFilter & { limit: number; offset: number },
): Promise<Member[]> {
  return db.many(
    Member,
    sql`
      select ${memberColumns}
      from shared.memberships m
      join shared.accounts a on a.id = m.account_id
      where ${matching(tenantId, filter)}
      order by lower(a.name), a.id
      limit ${limit}
      offset ${offset}
    `,
  );
}

export async function countMembers(db: Database, tenantId: string, filter: MemberFilter): Promise<number> {
  const row = await db.one(
    z.object({ count: z.number() }),
    sql`
      select count(*)
      from shared.memberships m
      join shared.accounts a on a.id = m.account_id
      where ${matching(tenantId, filter)}
    `,
  );
  return row?.count ?? 0;
}

export async function getMember(db: Database, tenantId: string, accountId: string): Promise<Member> {
  const member = await db.one(
    Member,
    sql`
      select ${memberColumns}
      from shared.memberships m
      join shared.accounts a on a.id = m.account_id
      where m.tenant_id = ${tenantId}
        and m.account_id = ${accountId}
    `,
  );
  if (!member) throw new NotFound('There is no such member.');
  return member;
}

/**
 * Locks the workspace's owners and these accounts' memberships, in one order. There is always an owner, so changes of
 * a workspace's members wait for each other, and each is judged by what the one before left.
 */
export async function lockRoles(
  db: Database,
  tenantId: string,
  accountIds: readonly string[],
): Promise<ReadonlyMap<string, Role>> {
  const rows = await db.many(
    RoleRow,
    sql`
      select account_id, role
      from shared.memberships
      where tenant_id = ${tenantId}
        and (role = 'owner' or account_id = any (${accountIds}::uuid[]))
      order by account_id
      for update
    `,
  );
  return new Map(rows.map(({ accountId, role }) => [accountId, role]));
}

/** What these accounts are and may do; who is no member is not among them. */
export async function listStandings(
  db: Database,
  tenantId: string,
  accountIds: readonly string[],
): Promise<ReadonlyMap<string, Standing>> {
  const rows = await db.many(
    StandingRow,
    sql`
      select m.account_id, m.role, ${grantedPermissions} as granted
      from shared.memberships m
      where m.tenant_id = ${tenantId}
        and m.account_id = any (${accountIds}::uuid[])
    `,
  );
  return new Map(rows.map(({ accountId, role, granted }) => [accountId, { role, permissions: union(role, granted) }]));
}

export async function updateRole(db: Database, tenantId: string, accountId: string, role: Role): Promise<number> {
  return db.run(sql`
    update shared.memberships set role = ${role} where tenant_id = ${tenantId} and account_id = ${accountId}
  `);
}

export async function deleteMember(db: Database, tenantId: string, accountId: string): Promise<number> {
  return db.run(sql`delete from shared.memberships where tenant_id = ${tenantId} and account_id = ${accountId}`);
}

const NameRow = z.object({ id: z.uuid(), name: z.string() });

/** What current members among these are called. */
export async function listMemberNames(
  db: Database,
  tenantId: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const rows = await db.many(
    NameRow,
    sql`
      select a.id, a.name
      from shared.accounts a
      join shared.memberships m on m.account_id = a.id and m.tenant_id = ${tenantId}
      where a.id = any (${[...ids]}::uuid[])
    `,
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}
