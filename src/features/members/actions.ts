import type { Database } from '../../database/database.js';
import { publish, tellHere } from '../../database/shared.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenantWithShared } from '../../tenancy/in-tenant.js';
import { type Permission, type Role, roleNames } from '../../tenancy/permissions.js';
import { deleteNotificationsOf } from '../notifications/list/queries.js';
import { notify } from '../notifications/notify.js';
import { withdrawUncovered } from './invitations/actions.js';
import { leaveThings } from './leaving/actions.js';
import type { Leaving } from './leaving/leaving.js';
import { deleteMember, updateRole } from './queries.js';
import { demandAnotherOwner, demandRank, demandSay, lockRanks, orRecordRefusal } from './rank.js';

/** Counts from the member's next request on. Throws Conflict for the last owner, Forbidden above the actor's rank. */
export async function changeRole(context: TenantContext, accountId: string, role: Role): Promise<void> {
  const subject = { kind: 'account', id: accountId };
  const event = { event: 'member.role-changed', subject, details: { to: role } };
  await orRecordRefusal(context, event, () =>
    inTenantWithShared(
      context,
      'members.update',
      async (db) => {
        const ranks = await lockRanks(context, db, 'members.update', accountId);
        const { role: from } = ranks.of(accountId);
        demandSay(ranks, ranks.of(accountId));
        if (from !== role) demandRank(ranks, role);
        if (from === 'owner' && role !== 'owner') demandAnotherOwner(ranks, accountId);
        await updateRole(db, context.tenant.id, accountId, role);
        const withdrawn = await withdrawUncovered(context, db);
        await publish(db, 'membership', accountId);
        return { from, withdrawn };
      },
      async (db, { from, withdrawn }) => {
        if (from === role) return;
        await recordEvent(db, context, { ...event, category: 'member', details: { from, to: role, withdrawn } });
        const title = `Your role here is now ${roleNames[role]}. It was ${roleNames[from]}.`;
        await notify(db, context, { to: [accountId], kind: 'security', subject, title, path: '/' });
      },
    ),
  );
  tellHere('membership', accountId);
}

/**
 * MB-5: access ends with the next request, open streams and invitations that the person sent included. What they made
 * for the workspace stays in it; of what was theirs alone see `leaveThings`.
 */
export async function removeMember(context: TenantContext, accountId: string, leaving: Leaving = {}): Promise<void> {
  await endMembership(context, { accountId, leaving, permission: 'members.delete', event: 'member.removed' });
}

/** Anybody may leave, except the last owner. */
export async function leaveWorkspace(context: TenantContext, leaving: Leaving = {}): Promise<void> {
  const accountId = accountOf(context.actor) ?? '';
  await endMembership(context, { accountId, leaving, permission: 'workspace.read', event: 'member.left' });
}

interface Ending {
  readonly leaving: Leaving;
  readonly accountId: string;
  readonly permission: Permission;
  readonly event: string;
}

async function endMembership(context: TenantContext, { accountId, leaving, permission, event }: Ending): Promise<void> {
  const what = { event, subject: { kind: 'account', id: accountId } };
  await orRecordRefusal(context, what, () =>
    inTenantWithShared(
      context,
      permission,
      (db) => endWithin(context, db, { accountId, permission }),
      async (db, details) => {
        await deleteNotificationsOf(db, accountId);
        const left = await leaveThings(db, context, accountId, leaving);
        await recordEvent(db, context, { ...what, category: 'member', details: { ...details, ...left } });
      },
    ),
  );
  tellHere('membership', accountId);
}

async function endWithin(
  context: TenantContext,
  db: Database,
  { accountId, permission }: Pick<Ending, 'accountId' | 'permission'>,
): Promise<{ role: Role; withdrawn: number }> {
  const ranks = await lockRanks(context, db, permission, accountId);
  const { role } = ranks.of(accountId);
  if (accountId !== accountOf(context.actor)) demandSay(ranks, ranks.of(accountId));
  if (role === 'owner') demandAnotherOwner(ranks, accountId);
  await deleteMember(db, context.tenant.id, accountId);
  const withdrawn = await withdrawUncovered(context, db);
  await publish(db, 'membership', accountId);
  return { role, withdrawn };
}
