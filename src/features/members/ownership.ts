import { publish, tellHere } from '../../database/shared.js';
import { Conflict } from '../../errors.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenantWithShared } from '../../tenancy/in-tenant.js';
import type { Account, Origin } from '../accounts/account.js';
import { tellOwner } from '../accounts/tell-owner.js';
import { withdrawUncovered } from './invitations/actions.js';
import type { Member } from './member.js';
import { getMember, updateRole } from './queries.js';
import { demandRank, lockRanks, orRecordRefusal } from './rank.js';

/**
 * MB-6: a member becomes owner and whoever hands over an admin, in one step, so that there is an owner at every moment.
 * Both are told by mail. Throws Conflict when the member is an owner already.
 */
export async function transferOwnership(context: TenantContext, accountId: string, origin: Origin): Promise<void> {
  const from = accountOf(context.actor) ?? '';
  const subject = { kind: 'account', id: accountId };
  const event = { event: 'workspace.ownership-transferred', subject };
  await orRecordRefusal(context, event, () =>
    inTenantWithShared(
      context,
      'workspace.manage',
      async (db) => {
        const { id } = context.tenant;
        const ranks = await lockRanks(context, db, 'workspace.manage', accountId);
        demandRank(ranks, 'owner');
        const { role } = ranks.of(accountId);
        if (role === 'owner') throw new Conflict('This member is an owner already.');
        await updateRole(db, id, accountId, 'owner');
        await updateRole(db, id, from, 'admin');
        const withdrawn = await withdrawUncovered(context, db);
        const [heir, giver] = [await getMember(db, id, accountId), await getMember(db, id, from)];
        const { name } = context.tenant;
        await tellOwner(db, asAccount(heir), origin, {
          what: `You are now an owner of ${name}`,
          detail: `${giver.name} handed the workspace over to you. Before, you were in it as: ${role}.`,
        });
        await tellOwner(db, asAccount(giver), origin, {
          what: `You handed ${name} over to ${heir.name}`,
          detail: 'You are an admin of the workspace from now on. Only an owner can make you an owner again.',
        });
        for (const account of [accountId, from]) await publish(db, 'membership', account);
        return { role, withdrawn };
      },
      (db, { role, withdrawn }) =>
        recordEvent(db, context, {
          ...event,
          category: 'member',
          details: { from, to: accountId, was: role, withdrawn },
        }),
    ),
  );
  for (const account of [accountId, from]) tellHere('membership', account);
}

function asAccount({ accountId, name, username, email }: Member): Account {
  return { id: accountId, name, username, email };
}
