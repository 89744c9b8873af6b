import type { Database } from '../../database/database.js';
import { publish, tellHere } from '../../database/shared.js';
import type { TenantContext } from '../../tenancy/context.js';
import { type AuditEvent, recordEvent } from '../../tenancy/events.js';
import { inTenantWithShared } from '../../tenancy/in-tenant.js';
import type { Permission } from '../../tenancy/permissions.js';
import { withdrawUncovered } from '../members/invitations/actions.js';
import { lockRanks, orRecordRefusal, type Ranks } from '../members/rank.js';

interface Changed {
  /** Whose rights may be others now: they are judged anew from their next request on, on every replica. */
  readonly accounts: readonly string[];
  readonly details: NonNullable<AuditEvent['details']>;
}

interface Change extends Pick<AuditEvent, 'event'> {
  readonly subject: NonNullable<AuditEvent['subject']>;
  readonly permission: Permission;
  /** Whose standing decides, besides that of whoever acts. */
  readonly about?: string;
  change(db: Database, ranks: Ranks): Promise<Changed>;
}

/**
 * Every change of what members may do through the workspace's own roles and groups: under the lock of its members, with
 * its event, and with the end of invitations that somebody could not send any more.
 */
export async function changeRights(
  context: TenantContext,
  { permission, about, change, ...what }: Change,
): Promise<void> {
  const accounts = await orRecordRefusal(context, what, () =>
    inTenantWithShared(
      context,
      permission,
      async (db) => {
        const ranks = await lockRanks(context, db, permission, about);
        const changed = await change(db, ranks);
        const withdrawn = await withdrawUncovered(context, db);
        for (const account of changed.accounts) await publish(db, 'membership', account);
        return { ...changed, withdrawn };
      },
      async (db, { accounts: touched, details, withdrawn }) => {
        await recordEvent(db, context, { ...what, category: 'member', details: { ...details, withdrawn } });
        return touched;
      },
    ),
  );
  for (const account of accounts) tellHere('membership', account);
}
