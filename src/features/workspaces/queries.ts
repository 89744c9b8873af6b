import { z } from 'zod';
import type { Database, TenantDatabase } from '../../database/database.js';
import { sql } from '../../database/sql.js';
import { NotFound } from '../../errors.js';
import { Deletion } from './workspace.js';

const SettingsRow = z.object({ instructions: z.instanceof(Buffer).nullable() });
const AccountRow = z.object({ accountId: z.uuid() });

/** Instructions that every agent of the workspace gets; empty when none were written. */
export async function readInstructions(db: TenantDatabase): Promise<string> {
  const row = await db.one(SettingsRow, sql`select instructions from settings where id = 'workspace'`);
  return row?.instructions ? db.openText('settings.instructions', 'workspace', row.instructions) : '';
}

export async function saveInstructions(db: TenantDatabase, text: string): Promise<void> {
  const sealed = db.seal('settings.instructions', 'workspace', text);
  await db.run(sql`
    insert into settings (id, instructions)
    values ('workspace', ${sealed})
    on conflict (id) do update set instructions = excluded.instructions, updated_at = now()
  `);
}

export async function renameTenant(shared: Database, tenantId: string, name: string): Promise<void> {
  await shared.run(sql`update shared.tenants set name = ${name} where id = ${tenantId}`);
}

/** Zero when it is being deleted already. From here on nobody enters it. */
export async function markDeleting(shared: Database, tenantId: string): Promise<number> {
  return shared.run(sql`update shared.tenants set status = 'deleting' where id = ${tenantId} and status = 'active'`);
}

export async function insertDeletion(
  shared: Database,
  deletion: Pick<Deletion, 'id' | 'tenantId' | 'slug' | 'name' | 'deletedBy'>,
): Promise<void> {
  await shared.run(sql`
    insert into shared.deletions (id, tenant_id, slug, name, deleted_by)
    values (${deletion.id}, ${deletion.tenantId}, ${deletion.slug}, ${deletion.name}, ${deletion.deletedBy})
  `);
}

const deletionColumns = sql`
  id, tenant_id, slug, name, deleted_by, requested_at, counted_before, counted_after, finished_at
`;

export async function findDeletion(shared: Database, id: string): Promise<Deletion | undefined> {
  return shared.one(Deletion, sql`select ${deletionColumns} from shared.deletions where id = ${id}`);
}

/** A receipt is for whoever deleted the workspace, and nobody else. */
export async function getDeletionOf(shared: Database, id: string, accountId: string): Promise<Deletion> {
  const deletion = await findDeletion(shared, id);
  if (deletion?.deletedBy !== accountId) throw new NotFound('There is no such receipt.');
  return deletion;
}

export async function listMemberAccounts(shared: Database, tenantId: string): Promise<string[]> {
  const rows = await shared.many(
    AccountRow,
    sql`select account_id from shared.memberships where tenant_id = ${tenantId}`,
  );
  return rows.map((row) => row.accountId);
}

export async function listOwners(shared: Database, tenantId: string): Promise<string[]> {
  const rows = await shared.many(
    AccountRow,
    sql`select account_id from shared.memberships where tenant_id = ${tenantId} and role = 'owner' order by joined_at`,
  );
  return rows.map((row) => row.accountId);
}

const OpenDeletion = z.object({ id: z.uuid(), deletedBy: z.uuid() });

/** The deletion of a tenant that was begun and has not come to its end. */
export async function findOpenDeletion(shared: Database, tenantId: string): Promise<string | undefined> {
  const row = await shared.one(
    OpenDeletion,
    sql`select id, deleted_by from shared.deletions where tenant_id = ${tenantId} and finished_at is null`,
  );
  return row?.id;
}

export async function listUnfinishedDeletions(shared: Database, olderThanSeconds: number) {
  return shared.many(
    OpenDeletion,
    sql`
      select id, deleted_by
      from shared.deletions
      where finished_at is null
        and requested_at < now() - make_interval(secs => ${olderThanSeconds})
      order by requested_at
    `,
  );
}

const TenantLine = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  status: z.string(),
  claimedAt: z.date(),
  members: z.number(),
});

const tenantColumns = sql`
  t.id, t.slug, t.name, t.status, t.claimed_at,
  (select count(*) from shared.memberships m where m.tenant_id = t.id) as members
`;

/** The directory, for the operator. */
export async function listTenants(shared: Database) {
  return shared.many(
    TenantLine,
    sql`select ${tenantColumns} from shared.tenants t where t.status <> 'standby' order by t.claimed_at, t.id`,
  );
}

/** Also one that is being deleted. */
export async function getTenantBySlug(shared: Database, slug: string) {
  const tenant = await shared.one(
    TenantLine,
    sql`select ${tenantColumns} from shared.tenants t where t.slug = ${slug} and t.status <> 'standby'`,
  );
  if (!tenant) throw new NotFound(`There is no workspace at ${slug}.`);
  return tenant;
}
