import { newId } from '../../database/id.js';
import { publish, shared } from '../../database/shared.js';
import { Conflict, Forbidden, NotFound } from '../../errors.js';
import type { Tenant, TenantContext } from '../../tenancy/context.js';
import { forgetMemberships, getTenant } from '../../tenancy/directory.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenantWithShared } from '../../tenancy/in-tenant.js';
import { insertMembership } from '../../tenancy/queries.js';
import { hashToken } from '../../vault/tokens.js';
import type { Account, Origin } from '../accounts/account.js';
import { insertAccount } from '../accounts/queries.js';
import { findOpenInvitation, markAccepted, type OpenInvitation } from './queries.js';

/** Throws NotFound for a link that was used, withdrawn, replaced, or is older than seven days. */
export async function openInvitation(token: string): Promise<OpenInvitation> {
  const invitation = await findOpenInvitation(shared(), hashToken(token));
  if (!invitation) throw new NotFound('This invitation has ended. Ask for a new one.');
  return invitation;
}

export interface NewPerson {
  readonly username: string;
  readonly passwordHash: string;
}

/**
 * MB-2: makes the person a member, once, however many ask at the same moment. `person` is the account of the invited
 * address, or what a new account needs: the link itself proves the address. Throws Forbidden for any other account.
 */
export async function acceptInvitation(
  invitation: OpenInvitation,
  person: Account | NewPerson,
  origin: Origin,
): Promise<Account> {
  const tenant = await getTenant(invitation.tenantId);
  if (!tenant) throw new NotFound('This workspace is gone.');
  const account = 'id' in person ? person : newAccount(invitation, person);
  if (account.email !== invitation.email) throw new Forbidden('This invitation is for another address.');
  await inTenantWithShared(
    contextOf(tenant, account, invitation, origin),
    'workspace.read',
    async (db) => {
      if (!(await markAccepted(db, invitation.id))) throw new Conflict('This invitation was accepted already.');
      if ('passwordHash' in person) await insertAccount(db, { ...account, passwordHash: person.passwordHash });
      await insertMembership(db, tenant.id, account.id, invitation.role);
      await publish(db, 'membership', account.id);
    },
    (db) =>
      recordEvent(db, contextOf(tenant, account, invitation, origin), {
        category: 'member',
        event: 'member.joined',
        subject: { kind: 'account', id: account.id },
        details: { role: invitation.role, newAccount: 'passwordHash' in person },
      }),
  );
  forgetMemberships(account.id);
  return account;
}

function newAccount({ email }: OpenInvitation, { username }: NewPerson): Account {
  return { id: newId(), name: username, username, email };
}

function contextOf(tenant: Tenant, account: Account, { role }: OpenInvitation, origin: Origin): TenantContext {
  const actor = { kind: 'member', accountId: account.id, name: account.name, role } as const;
  return { tenant, actor, trigger: 'page', ...origin };
}
