import { countTenant } from '../database/removal.js';
import { role } from '../database/roles.js';
import { settingsOf, shared } from '../database/shared.js';
import { finishDeletion, orderDeletion } from '../features/workspaces/deletion.js';
import { listTenants } from '../features/workspaces/queries.js';
import { openInstallation } from '../installation.js';

/** `tenants list`: every workspace with its members and rows, and no content. */
export async function listAll(): Promise<void> {
  const installation = await openInstallation();
  try {
    const logins = { provisioner: settingsOf(role.provisioner), worker: settingsOf(role.worker) };
    for (const tenant of await listTenants(shared())) {
      const counts = await countTenant(logins, tenant.id);
      const rows = Object.entries(counts).reduce(
        (sum, [what, count]) => sum + (what.startsWith('table ') ? count : 0),
        0,
      );
      process.stdout.write(
        `${tenant.id}\t${tenant.status}\t${tenant.slug}\t${counts.members} members\t${rows} rows\t${tenant.name}\n`,
      );
    }
  } finally {
    await installation.close();
  }
}

/** `tenants delete SLUG --yes`: as an owner's deletion, on the operator's authority. Prints what was counted. */
export async function deleteOne(slug: string | undefined, sure: string | undefined): Promise<void> {
  if (!slug || sure !== '--yes')
    throw new Error('Say which workspace, and that you are sure: tenants delete SLUG --yes');
  const installation = await openInstallation();
  try {
    const deletionId = await orderDeletion(slug);
    const receipt = await finishDeletion(deletionId);
    process.stdout.write(`${JSON.stringify({ before: receipt?.before, after: receipt?.after }, null, 2)}\n`);
  } finally {
    await installation.close();
  }
}
