import type { TenantDatabase } from '../../../../database/database.js';
import { shared } from '../../../../database/shared.js';
import { listMemberIds } from '../../../notifications/queries.js';
import {
  deleteConversationsOf,
  deleteDeadShares,
  listJoined,
  listLastReadOwners,
  listOwnersAlone,
  listReaderIds,
} from './queries.js';

/** Before things of somebody are deleted or kept as shared: shared is what a member can read. */
export async function dropDeadShares(db: TenantDatabase, tenantId: string): Promise<void> {
  const readers = await listReaderIds(db);
  if (readers.length > 0) await deleteDeadShares(db, readers, await listJoined(shared(), tenantId, readers));
}

/**
 * A conversation whose owner has left stays for those with whom it was shared. When the last of them has left as well,
 * nobody can read it, and it goes as what was somebody's alone. Answers how many went.
 */
export async function eraseUnreadable(db: TenantDatabase, tenantId: string): Promise<number> {
  await dropDeadShares(db, tenantId);
  const gone = await withoutMembers(tenantId, await listOwnersAlone(db));
  return gone.length > 0 ? deleteConversationsOf(db, gone) : 0;
}

/** How many conversations of people who have left only this person can still read. */
export async function countLastRead(db: TenantDatabase, tenantId: string, accountId: string): Promise<number> {
  const owners = await listLastReadOwners(db, accountId);
  const gone = new Set(await withoutMembers(tenantId, owners));
  return owners.filter((owner) => gone.has(owner)).length;
}

async function withoutMembers(tenantId: string, accountIds: readonly string[]): Promise<string[]> {
  if (accountIds.length === 0) return [];
  const members = new Set(await listMemberIds(shared(), tenantId, accountIds));
  return [...new Set(accountIds)].filter((id) => !members.has(id));
}
