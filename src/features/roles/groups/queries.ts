import { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import { NotFound } from '../../../errors.js';
import { Group, GroupMember } from './group.js';

const AccountRow = z.object({ accountId: z.uuid() });

const columns = sql`
  g.id, g.name, g.description,
  array(
    select gr.role_id from shared.group_roles gr where gr.tenant_id = g.tenant_id and gr.group_id = g.id
  ) as role_ids,
  (select count(*) from shared.group_members gm where gm.tenant_id = g.tenant_id and gm.group_id = g.id) as members
`;

export async function listGroups(db: Database, tenantId: string): Promise<Group[]> {
  return db.many(
    Group,
    sql`select ${columns} from shared.groups g where g.tenant_id = ${tenantId} order by lower(g.name), g.id`,
  );
}

export async function getGroup(db: Database, tenantId: string, id: string): Promise<Group> {
  const group = await db.one(
    Group,
    sql`select ${columns} from shared.groups g where g.tenant_id = ${tenantId} and g.id = ${id}`,
  );
  if (!group) throw new NotFound('There is no such group.');
  return group;
}

interface GroupRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
}

export async function insertGroup(db: Database, tenantId: string, { id, name, description }: GroupRow): Promise<void> {
  await db.run(sql`
    insert into shared.groups (id, tenant_id, name, description) values (${id}, ${tenantId}, ${name}, ${description})
  `);
}

export async function saveGroup(db: Database, tenantId: string, { id, name, description }: GroupRow): Promise<void> {
  await db.run(sql`
    update shared.groups
    set name = ${name}, description = ${description}
    where tenant_id = ${tenantId}
      and id = ${id}
  `);
}

export async function removeGroup(db: Database, tenantId: string, id: string): Promise<void> {
  await db.run(sql`delete from shared.groups where tenant_id = ${tenantId} and id = ${id}`);
}

export async function replaceRoles(
  db: Database,
  tenantId: string,
  { id, roleIds }: { id: string; roleIds: readonly string[] },
): Promise<void> {
  await db.run(sql`delete from shared.group_roles where tenant_id = ${tenantId} and group_id = ${id}`);
  await db.run(sql`
    insert into shared.group_roles (tenant_id, group_id, role_id)
    select ${tenantId}, ${id}, r.id
    from shared.roles r
    where r.tenant_id = ${tenantId}
      and r.id = any (${roleIds}::uuid[])
  `);
}

export async function listGroupMembers(db: Database, tenantId: string, id: string): Promise<GroupMember[]> {
  return db.many(
    GroupMember,
    sql`
      select a.id as account_id, a.name, a.username, a.email
      from shared.group_members gm
      join shared.accounts a on a.id = gm.account_id
      where gm.tenant_id = ${tenantId}
        and gm.group_id = ${id}
      order by lower(a.name), a.id
    `,
  );
}

export async function listGroupAccounts(db: Database, tenantId: string, id: string): Promise<string[]> {
  const rows = await db.many(
    AccountRow,
    sql`select account_id from shared.group_members where tenant_id = ${tenantId} and group_id = ${id}`,
  );
  return rows.map(({ accountId }) => accountId);
}

/** Members of the workspace who are not in the group: the first thousand, for a list to choose from. */
export async function listOutsiders(db: Database, tenantId: string, id: string): Promise<GroupMember[]> {
  return db.many(
    GroupMember,
    sql`
      select a.id as account_id, a.name, a.username, a.email
      from shared.memberships m
      join shared.accounts a on a.id = m.account_id
      where m.tenant_id = ${tenantId}
        and not exists (
          select from shared.group_members gm
          where gm.tenant_id = m.tenant_id and gm.group_id = ${id} and gm.account_id = m.account_id
        )
      order by lower(a.name), a.id
      limit 1000
    `,
  );
}

/** Zero when the member is in it already. */
export async function insertGroupMember(
  db: Database,
  tenantId: string,
  id: string,
  accountId: string,
): Promise<number> {
  return db.run(sql`
    insert into shared.group_members (tenant_id, group_id, account_id)
    values (${tenantId}, ${id}, ${accountId})
    on conflict do nothing
  `);
}

export async function deleteGroupMember(
  db: Database,
  tenantId: string,
  id: string,
  accountId: string,
): Promise<number> {
  return db.run(sql`
    delete from shared.group_members
    where tenant_id = ${tenantId}
      and group_id = ${id}
      and account_id = ${accountId}
  `);
}
