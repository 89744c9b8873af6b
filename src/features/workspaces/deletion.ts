import { newId } from '../../database/id.js';
import { type Counts, closeTenant, countTenant, noteCounts, removeTenant } from '../../database/removal.js';
import { role } from '../../database/roles.js';
import { publish, settingsOf, shared, tellHere } from '../../database/shared.js';
import { Conflict, Invalid } from '../../errors.js';
import { enqueueJob } from '../../jobs/job.js';
import type { TenantContext } from '../../tenancy/context.js';
import { accountOf } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenantWithShared } from '../../tenancy/in-tenant.js';
import { findDeletion, getTenantBySlug, insertDeletion, listMemberAccounts, markDeleting } from './queries.js';

/**
 * Closes the workspace at once for everybody and leaves its removal to a job (IS-8). The caller has checked the
 * password. Answers the receipt's id. Throws Invalid when the typed name is another one.
 */
export async function deleteWorkspace(context: TenantContext, typedName: string): Promise<string> {
  const { tenant } = context;
  if (typedName.trim() !== tenant.name) {
    throw new Invalid('The name does not match.', { typed: `Type the workspace's name: ${tenant.name}` });
  }
  const id = newId();
  const members = await inTenantWithShared(
    context,
    'workspace.delete',
    async (db) => {
      if ((await markDeleting(db, tenant.id)) === 0) throw new Conflict('This workspace is being deleted already.');
      const { id: tenantId, slug, name } = tenant;
      await insertDeletion(db, { id, tenantId, slug, name, deletedBy: accountOf(context.actor) ?? '' });
      await enqueueJob(db, 'workspaces.delete', { deletionId: id }, { key: `delete ${tenantId}` });
      const accounts = await listMemberAccounts(db, tenantId);
      for (const account of accounts) await publish(db, 'membership', account);
      return accounts;
    },
    async (db, accounts) => {
      await recordEvent(db, context, { category: 'workspace', event: 'workspace.deletion-asked' });
      return accounts;
    },
  );
  for (const account of members) tellHere('membership', account);
  return id;
}

/** The operator's deletion, from the command line. Answers the receipt's id. Throws NotFound. */
export async function orderDeletion(slug: string): Promise<string> {
  const tenant = await getTenantBySlug(shared(), slug);
  const id = newId();
  const members = await listMemberAccounts(shared(), tenant.id);
  await closeTenant(settingsOf(role.provisioner), { deletionId: id, tenantId: tenant.id });
  for (const account of members) await publish(shared(), 'membership', account);
  return id;
}

/** The job behind it: counts, removes, counts again. May be repeated after a crash. */
export async function finishDeletion(deletionId: string): Promise<{ before: Counts; after: Counts } | undefined> {
  const deletion = await findDeletion(shared(), deletionId);
  if (!deletion || deletion.finishedAt) return undefined;
  const logins = { provisioner: settingsOf(role.provisioner), worker: settingsOf(role.worker) };
  const before = await countTenant(logins, deletion.tenantId);
  await noteCounts(logins.provisioner, deletionId, { before });
  await removeTenant(logins, deletion.tenantId, deletion.deletedBy);
  await publish(shared(), 'tenant-keys', deletion.tenantId);
  const after = await countTenant(logins, deletion.tenantId);
  await noteCounts(logins.provisioner, deletionId, { before, after });
  return { before, after };
}
