import { newId } from '../../../database/id.js';
import { shared } from '../../../database/shared.js';
import { Conflict, Invalid } from '../../../errors.js';
import { enqueueJob } from '../../../jobs/job.js';
import type { DeletionOrder } from '../../workspaces/deletion.js';
import { insertDeletion, listOwners, markDeleting } from '../../workspaces/queries.js';
import type { Operator } from '../operator.js';
import { actOn } from './actions.js';
import { getPlatformTenant } from './queries.js';

/** What stands behind a deletion when nobody's account does. */
const nobody = '00000000-0000-0000-0000-000000000000';

/**
 * Closes the workspace at once and leaves its removal to the job that an owner's own deletion uses: counted, removed,
 * counted again, its owners told by mail (IS-8). Answers the receipt's id. Throws Invalid at `typed`.
 */
export async function deleteTenant(operator: Operator, tenantId: string, typed: string): Promise<string> {
  const tenant = await getPlatformTenant(shared(), tenantId);
  const { id, slug, name } = tenant;
  if (typed.trim() !== slug) {
    throw new Invalid('The address does not match.', { typed: `Type the address as it is shown: ${slug}` });
  }
  const deletionId = newId();
  await actOn(operator, tenant, {
    event: 'workspace.deletion-asked',
    details: { receipt: deletionId },
    async change(db) {
      if ((await markDeleting(db, id)) === 0) throw new Conflict('This workspace is being deleted already.');
      await insertDeletion(db, { id: deletionId, tenantId: id, slug, name, deletedBy: operator.accountId ?? nobody });
      const order: DeletionOrder = { deletionId, owners: await listOwners(db, id) };
      await enqueueJob(db, 'workspaces.delete', order, { key: `delete ${id}` });
    },
  });
  return deletionId;
}
