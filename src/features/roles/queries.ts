import { z } from 'zod';
import type { Database } from '../../database/database.js';
import { sql } from '../../database/sql.js';
import { NotFound } from '../../errors.js';
import { CustomRole, type CustomRoleDraft } from './role.js';

const AccountRow = z.object({ accountId: z.uuid() });
const IdRow = z.object({ id: z.uuid() });

const columns = sql`
  r.id, r.name, r.description, r.permissions,
  (select count(*) from shared.role_members rm where rm.tenant_id = r.tenant_id and rm.role_id = r.id) as members,
  (select count(*) from shared.group_roles gr where gr.tenant_id = r.tenant_id and gr.role_id = r.id) as groups
`;

export async function listRoles(db: Database, tenantId: string): Promise<CustomRole[]> {
  return db.many(
    CustomRole,
    sql`select ${columns} from shared.roles r where r.tenant_id = ${tenantId} order by lower(r.name), r.id`,
  );
}

export async function getRole(db: Database, tenantId: string, id: string): Promise<CustomRole> {
  const role = await db.one(
    CustomRole,
    sql`select ${columns} from shared.roles r where r.tenant_id = ${tenantId} and r.id = ${id}`,
  );
  if (!role) throw new NotFound('There is no such role.');
  return role;
}

export async function insertRole(db: Database, tenantId: string, row: CustomRoleDraft & { id: string }): Promise<void> {
  await db.run(sql`
    insert into shared.roles (id, tenant_id, name, description, permissions)
    values (${row.id}, ${tenantId}, ${row.name}, ${row.description}, ${row.permissions}::text[])
  `);
}

export async function saveRole(db: Database, tenantId: string, row: CustomRoleDraft & { id: string }): Promise<void> {
  await db.run(sql`
    update shared.roles
    set name = ${row.name}, description = ${row.description}, permissions = ${row.permissions}::text[]
    where tenant_id = ${tenantId}
      and id = ${row.id}
  `);
}

/** Who held it loses it: their rows go with it. */
export async function removeRole(db: Database, tenantId: string, id: string): Promise<void> {
  await db.run(sql`delete from shared.roles where tenant_id = ${tenantId} and id = ${id}`);
}

/** Everybody who holds a role, by themselves or through a group. */
export async function listHolders(db: Database, tenantId: string, roleId: string): Promise<string[]> {
  const rows = await db.many(
    AccountRow,
    sql`
      select account_id from shared.role_members where tenant_id = ${tenantId} and role_id = ${roleId}
      union
      select gm.account_id
      from shared.group_roles gr
      join shared.group_members gm on gm.tenant_id = gr.tenant_id and gm.group_id = gr.group_id
      where gr.tenant_id = ${tenantId}
        and gr.role_id = ${roleId}
    `,
  );
  return rows.map(({ accountId }) => accountId);
}

/** The roles that a member holds by themselves. */
export async function listRolesOf(db: Database, tenantId: string, accountId: string): Promise<string[]> {
  const rows = await db.many(
    IdRow,
    sql`
      select role_id as id from shared.role_members
      where tenant_id = ${tenantId}
        and account_id = ${accountId}
      order by role_id
    `,
  );
  return rows.map(({ id }) => id);
}

export async function replaceRolesOf(
  db: Database,
  tenantId: string,
  { accountId, roleIds }: { accountId: string; roleIds: readonly string[] },
): Promise<void> {
  await db.run(sql`delete from shared.role_members where tenant_id = ${tenantId} and account_id = ${accountId}`);
  await db.run(sql`
    insert into shared.role_members (tenant_id, account_id, role_id)
    select ${tenantId}, ${accountId}, r.id
    from shared.roles r
    where r.tenant_id = ${tenantId}
      and r.id = any (${roleIds}::uuid[])
  `);
}
