import { z } from 'zod';
import type { Database } from '../../database/database.js';
import { sql } from '../../database/sql.js';
import { NotFound } from '../../errors.js';
import { type Role, roles } from '../../tenancy/permissions.js';
import { Member } from './member.js';

const RoleRow = z.object({ accountId: z.uuid(), role: z.enum(roles) });

const memberColumns = sql`a.id as account_id, a.name, a.username, a.email, m.role, m.joined_at`;

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
}

function matching(tenantId: string, { query, role }: MemberFilter) {
  return sql`
    m.tenant_id = ${tenantId}
    and (${role ?? null}::text is null or m.role = ${role ?? null})
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

export async function updateRole(db: Database, tenantId: string, accountId: string, role: Role): Promise<number> {
  return db.run(sql`
    update shared.memberships set role = ${role} where tenant_id = ${tenantId} and account_id = ${accountId}
  `);
}

export async function deleteMember(db: Database, tenantId: string, accountId: string): Promise<number> {
  return db.run(sql`delete from shared.memberships where tenant_id = ${tenantId} and account_id = ${accountId}`);
}
