import { newId } from '../../../database/id.js';
import { publish, shared } from '../../../database/shared.js';
import { Conflict, Forbidden, NotFound } from '../../../errors.js';
import type { Actor, TenantContext } from '../../../tenancy/context.js';
import { forgetMemberships, getTenant, hasEnded, memberActor } from '../../../tenancy/directory.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenant, inTenantWithShared, refusalIn } from '../../../tenancy/in-tenant.js';
import { permissionsOf } from '../../../tenancy/permissions.js';
import { insertMembership } from '../../../tenancy/queries.js';
import { demandRoom } from '../../../tenancy/quotas.js';
import { hashToken } from '../../../vault/tokens.js';
import type { Account, Origin } from '../../accounts/account.js';
import { insertAccount } from '../../accounts/queries.js';
import { countMembers, lockRoles } from '../queries.js';
import type { OpenInvitation } from './invitation.js';
import { findJoined, findOpenInvitation, markAccepted } from './queries.js';

/** Throws NotFound for a link that was used, withdrawn, replaced, or is older than seven days. */
export async function openInvitation(token: string): Promise<OpenInvitation> {
  const invitation = await findOpenInvitation(shared(), hashToken(token));
  if (!invitation) throw new NotFound('This invitation has ended. Ask for a new one.');
  return invitation;
}

/** Where a used link leads the one who used it: a second click is not a failure. Undefined for everybody else. */
export async function joinedBy(token: string, accountId: string): Promise<string | undefined> {
  return findJoined(shared(), hashToken(token), accountId);
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
  const account = 'id' in person ? person : newAccount(invitation, person);
  if (account.email !== invitation.email) return refuse(invitation, origin);
  const actor = memberActor(account, { role: invitation.role, permissions: permissionsOf(invitation.role) });
  const context = await contextOf(invitation, actor, origin);
  if (hasEnded(context.tenant)) throw refusalIn(context.tenant);
  await inTenantWithShared(
    context,
    'workspace.read',
    async (db) => {
      // Before the invitation's row, as everywhere; and whoever joins counts those who joined before.
      await lockRoles(db, context.tenant.id, []);
      if (!(await markAccepted(db, invitation.id))) throw new Conflict('This invitation was accepted already.');
      await demandRoom(context.tenant, 'members', () => countMembers(db, context.tenant.id, everybody));
      if ('passwordHash' in person) await insertAccount(db, { ...account, passwordHash: person.passwordHash });
      await insertMembership(db, context.tenant.id, account.id, invitation.role);
      await publish(db, 'membership', account.id);
    },
    (db) =>
      recordEvent(db, context, {
        category: 'member',
        event: 'member.joined',
        subject: { kind: 'account', id: account.id },
        details: { role: invitation.role, invitation: invitation.id, newAccount: 'passwordHash' in person },
      }),
  );
  forgetMemberships(account.id);
  return account;
}

/** A forwarded link. Who tried is no member, so the installation says it, and names nobody. */
async function refuse(invitation: OpenInvitation, origin: Origin): Promise<never> {
  const actor = { kind: 'system', name: 'invitations', may: ['workspace.read'] } as const;
  const context = await contextOf(invitation, actor, origin);
  await inTenant(context, 'workspace.read', (db) =>
    recordEvent(db, context, {
      category: 'member',
      event: 'member.joined',
      outcome: 'refused',
      subject: { kind: 'invitation', id: invitation.id },
      details: { reason: 'another address' },
    }),
  );
  throw new Forbidden('This invitation is for another address. Sign in with that one.');
}

const everybody = { query: '', role: undefined };

function newAccount({ email }: OpenInvitation, { username }: NewPerson): Account {
  return { id: newId(), name: username, username, email };
}

async function contextOf({ tenantId }: OpenInvitation, actor: Actor, origin: Origin): Promise<TenantContext> {
  const tenant = await getTenant(tenantId);
  if (!tenant) throw new NotFound('This workspace is gone.');
  return { tenant, actor, trigger: 'page', ...origin };
}
