import { newId } from '../../../database/id.js';
import { publish, shared, sharedTransaction, tellHere } from '../../../database/shared.js';
import { Conflict, Invalid } from '../../../errors.js';
import { endSessionsWithin } from '../../../http/session.js';
import { endHere } from '../../../http/session-rows.js';
import { sendMail } from '../../../mail/outbox.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { memberActor } from '../../../tenancy/directory.js';
import { listMemberships } from '../../../tenancy/queries.js';
import { leaveWorkspace } from '../../members/actions.js';
import type { Account, Origin } from '../account.js';
import { announce } from '../announce.js';
import { insertPlatformEvent, lockAccount } from '../queries.js';
import { deleteAccountRow, listOwnedAlone } from './queries.js';

/**
 * Leaves every workspace, where what was private is deleted and what is shared keeps no name, then removes the account
 * with all that belongs to it alone. Throws Invalid at `typed`, and Conflict while a workspace would be left
 * without an owner: it is handed over or deleted first, by its own page, whose receipt needs somebody to be shown to.
 */
export async function deleteAccount(account: Account, origin: Origin, typed: string): Promise<void> {
  if (typed.trim().toLowerCase() !== account.username) {
    throw new Invalid('The username does not match.', {
      typed: `Type your username as it is shown: ${account.username}`,
    });
  }
  if ((await listOwnedAlone(shared(), account.id)).length > 0)
    throw new Conflict('You are the only owner of a workspace.');
  await announce(account, origin, { event: 'account.deleted' });
  for (const { role, ...tenant } of await listMemberships(shared(), account.id)) {
    // No more than leaving takes, and that in a suspended workspace, too.
    const actor = memberActor(account, { role, permissions: new Set(['workspace.read'] as const) });
    const { requestId, address } = origin;
    const context: TenantContext = { tenant, actor, trigger: 'page', requestId, address };
    await leaveWorkspace(context, { forGood: true });
  }
  await removeRow(account, origin);
}

async function removeRow(account: Account, origin: Origin): Promise<void> {
  const { requestId, address, device = 'A browser' } = origin;
  const ended = await sharedTransaction(async (db) => {
    await lockAccount(db, account.id);
    const event = { event: 'account.deleted', outcome: 'done', accountId: account.id, requestId, address };
    await insertPlatformEvent(db, { id: newId(), ...event });
    const locals = { name: account.username, when: new Date(), device, address };
    await sendMail(db, { to: account.email, template: 'account-deleted', locals });
    const sessions = await endSessionsWithin(db, account.id);
    if ((await deleteAccountRow(db, account.id)) === 0) {
      throw new Conflict('You have entered a workspace meanwhile. Look again at what you are a member of.');
    }
    await publish(db, 'account', account.id);
    return sessions;
  });
  tellHere('account', account.id);
  for (const key of ended) endHere(key);
}
