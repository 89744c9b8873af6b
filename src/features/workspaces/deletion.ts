import { newId } from '../../database/id.js';
import {
  type Counts,
  closeTenant,
  countTenant,
  listMembersOnlyHere,
  noteCounts,
  type RemovalLogins,
  removeTenant,
} from '../../database/removal.js';
import { role } from '../../database/roles.js';
import { publish, settingsOf, shared, sharedTransaction, tellHere } from '../../database/shared.js';
import { endHere, publishEnd } from '../../http/session-rows.js';
import { enqueueJob } from '../../jobs/job.js';
import { sendMail } from '../../mail/outbox.js';
import { findAccount } from '../accounts/queries.js';
import { discardUpload, uploadsOf } from '../knowledge/uploads.js';
import {
  findDeletion,
  findOpenDeletion,
  getTenantBySlug,
  listMemberAccounts,
  listOwners,
  listUnfinishedDeletions,
} from './queries.js';
import { countedAs, type Deletion } from './workspace.js';

/** What the job gets: ids only. The owners are told at the end, when no membership says who they were. */
export interface DeletionOrder {
  readonly deletionId: string;
  readonly owners: readonly string[];
}

export interface Receipt {
  readonly before: Counts;
  readonly after: Counts;
}

const netMs = 10 * 60_000;

/**
 * The operator's deletion, from the command line: closes the workspace, or takes up a deletion that was not finished.
 * Throws NotFound.
 */
export async function orderDeletion(slug: string): Promise<DeletionOrder> {
  const tenant = await getTenantBySlug(shared(), slug);
  const owners = await listOwners(shared(), tenant.id);
  const begun = await findOpenDeletion(shared(), tenant.id);
  if (begun) return { deletionId: begun, owners };
  const order = { deletionId: newId(), owners };
  const members = await listMemberAccounts(shared(), tenant.id);
  await closeTenant(settingsOf(role.provisioner), { deletionId: order.deletionId, tenantId: tenant.id });
  for (const account of members) await publish(shared(), 'membership', account);
  // The net below this process: it finds nothing to do when the command was not interrupted.
  await enqueueJob(shared(), 'workspaces.delete', order, { at: new Date(Date.now() + netMs) });
  return order;
}

/**
 * Counts, removes, counts again, tells the owners (IS-8). May be repeated after a crash at any place: what is gone is
 * passed over, what was counted first stays. Throws when something is left; undefined when there was nothing to do.
 */
export async function finishDeletion({ deletionId, owners }: DeletionOrder): Promise<Receipt | undefined> {
  const deletion = await findDeletion(shared(), deletionId);
  if (!deletion || deletion.finishedAt) return undefined;
  const logins = { provisioner: settingsOf(role.provisioner), worker: settingsOf(role.worker) };
  const people = await listMembersOnlyHere(logins.provisioner, {
    tenantId: deletion.tenantId,
    keep: deletion.deletedBy,
  });
  const before = deletion.countedBefore ?? (await countAll(logins, deletion, people));
  await noteCounts(logins.provisioner, deletionId, { before });
  await removeAll(logins, deletion, people);
  const after = await countAll(logins, deletion, people);
  const left = Object.entries(after).filter(([, count]) => count > 0);
  if (left.length > 0) throw new Error(`Of ${deletion.tenantId} is left: ${JSON.stringify(Object.fromEntries(left))}`);
  await tellOwners(deletion, owners, before);
  await noteCounts(logins.provisioner, deletionId, { before, after });
  return { before, after };
}

/** Takes up what a process left when it was killed. Answers how many were finished. */
export async function finishDeletions(): Promise<number> {
  const unfinished = await listUnfinishedDeletions(shared(), netMs / 1000);
  for (const { id, deletedBy } of unfinished) await finishDeletion({ deletionId: id, owners: [deletedBy] });
  return unfinished.length;
}

async function countAll(logins: RemovalLogins, { tenantId }: Deletion, people: readonly string[]): Promise<Counts> {
  const counts = await countTenant(logins, tenantId, people);
  return { ...counts, files: (await uploadsOf(tenantId)).length };
}

async function removeAll(logins: RemovalLogins, { tenantId }: Deletion, people: readonly string[]): Promise<void> {
  const ended = await removeTenant(logins, tenantId, people);
  for (const path of await uploadsOf(tenantId)) await discardUpload(path);
  await publish(shared(), 'tenant-keys', tenantId);
  tellHere('tenant-keys', tenantId);
  for (const session of ended) {
    await publishEnd(shared(), session);
    endHere(session);
  }
}

async function tellOwners({ name }: Deletion, owners: readonly string[], before: Counts): Promise<void> {
  const held = Object.entries(before).filter(([, count]) => count > 0);
  const counts = Object.fromEntries(held.map(([what, count]) => [countedAs(what), count]));
  await sharedTransaction(async (db) => {
    for (const owner of owners) {
      const account = await findAccount(db, owner);
      if (!account) continue;
      const locals = { workspaceName: name, when: new Date(), counts };
      await sendMail(db, { to: account.email, template: 'workspace-deleted', locals });
    }
  });
}
