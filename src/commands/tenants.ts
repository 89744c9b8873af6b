import { shared } from '../database/shared.js';
import { insertPlatformAct } from '../features/platform/events/queries.js';
import { commandLine } from '../features/platform/operator.js';
import { finishDeletion, orderDeletion } from '../features/workspaces/deletion.js';
import { listTenants } from '../features/workspaces/queries.js';
import { plural } from '../http/wording.js';
import { openInstallation } from '../installation.js';

/** `tenants list`: every workspace with its members, and no content. */
export async function listAll(): Promise<void> {
  const installation = await openInstallation({ migrate: false, visiting: true });
  try {
    for (const { id, status, slug, members, claimedAt, name } of await listTenants(shared())) {
      const day = claimedAt.toISOString().slice(0, 10);
      process.stdout.write(`${[id, status, slug, plural(members, 'member'), `since ${day}`, name].join('\t')}\n`);
    }
  } finally {
    await installation.close();
  }
}

/** `tenants delete SLUG --yes`: as an owner's deletion, on the operator's authority. Prints what was counted. */
export async function deleteOne(slug: string | undefined, sure: string | undefined): Promise<void> {
  if (!slug || sure !== '--yes') {
    throw new Error('Say which workspace, and that you are sure: tenants delete SLUG --yes');
  }
  const installation = await openInstallation({ migrate: false, visiting: true });
  try {
    const order = await orderDeletion(slug);
    const details = { slug, receipt: order.deletionId };
    await insertPlatformAct(shared(), commandLine(), { event: 'platform.workspace-deletion-asked', details });
    const receipt = await finishDeletion(order);
    if (!receipt) throw new Error('Another process finished this deletion at the same moment.');
    process.stdout.write(`${JSON.stringify({ receipt: order.deletionId, ...receipt }, null, 2)}\n`);
  } finally {
    await installation.close();
  }
}
