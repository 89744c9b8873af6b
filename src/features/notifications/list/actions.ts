import type { TenantDatabase } from '../../../database/database.js';
import { NotFound } from '../../../errors.js';
import { enqueueJob } from '../../../jobs/job.js';
import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import { inTenant } from '../../../tenancy/in-tenant.js';
import type { Subject } from '../notification.js';
import { tellAccounts } from '../queries.js';
import { markAllRead, markRead, markSettled, markUnread, openNotification } from './queries.js';

/** How long a read one is kept. */
export const daysKept = 90;

const dayMs = 24 * 3600_000;

/** Marks it as read. Answers the address, below the workspace's, to which it leads. */
export async function openOwn(context: TenantContext, id: string): Promise<string> {
  return changing(context, async (db, accountId) => {
    const path = await openNotification(db, accountId, id);
    if (path === undefined) throw nothing();
    return path;
  });
}

export async function setRead(context: TenantContext, id: string, read: boolean): Promise<void> {
  await changing(context, async (db, accountId) => {
    const changed = await (read ? markRead : markUnread)(db, accountId, id);
    if (changed === 0) throw nothing();
  });
}

/** Answers how many. */
export async function setAllRead(context: TenantContext, upTo: string): Promise<number> {
  return changing(context, (db, accountId) => markAllRead(db, accountId, upTo));
}

const nothing = () => new NotFound('There is nothing at this address.');

/**
 * One's own bell is nobody else's business: what somebody reads, and when, is not written into the audit, which others
 * may see.
 */
async function changing<T>(
  context: TenantContext,
  work: (db: TenantDatabase, accountId: string) => Promise<T>,
): Promise<T> {
  const accountId = accountOf(context.actor) ?? '';
  return inTenant(context, 'workspace.read', async (db) => {
    const result = await work(db, accountId);
    await tellAccounts(db, [accountId]);
    await enqueueSweep(db);
    return result;
  });
}

/** One job for all that is read in a week: it runs when the last of it is old enough. */
async function enqueueSweep(db: TenantDatabase): Promise<void> {
  const week = Math.floor(Date.now() / (7 * dayMs));
  const at = new Date((week + 1) * 7 * dayMs + daysKept * dayMs);
  await enqueueJob(db, 'notifications.sweep', {}, { key: `notifications sweep ${week}`, at });
}

/** For features, in their own transaction: what this was about is over, and waits for nobody any more. */
export async function settleNotifications(db: TenantDatabase, subject: Subject): Promise<void> {
  const accounts = await markSettled(db, subject);
  if (accounts.length > 0) await tellAccounts(db, [...new Set(accounts)]);
}
