import { config } from '../../config.js';
import type { Database } from '../../database/database.js';
import { newId } from '../../database/id.js';
import { publish, tellHere } from '../../database/shared.js';
import { Conflict, Forbidden, Invalid } from '../../errors.js';
import { sendMail } from '../../mail/outbox.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenantWithShared } from '../../tenancy/in-tenant.js';
import type { Role } from '../../tenancy/permissions.js';
import { newToken } from '../../vault/tokens.js';
import { type InvitationDraft, invitationDays, mayAssign } from './member.js';
import {
  countMembers,
  deleteMember,
  getMember,
  insertInvitation,
  lockOwners,
  revokeInvitation,
  revokeInvitationsTo,
  updateRole,
} from './queries.js';

/** MB-2: a link for this address alone, good for seven days and one use. A newer one ends the older. */
export async function inviteMember(context: TenantContext, draft: InvitationDraft): Promise<void> {
  demandRank(context, draft.role);
  const { tenant } = context;
  const { token, hash } = newToken();
  const id = newId();
  await inTenantWithShared(
    context,
    'members.create',
    async (db) => {
      if ((await countMembers(db, tenant.id, draft.email)) > 0) {
        throw new Invalid('This person is a member already.', { email: 'This person is a member already.' });
      }
      await revokeInvitationsTo(db, tenant.id, draft.email);
      const expiresAt = new Date(Date.now() + invitationDays * 86_400_000);
      const invitedBy = accountOf(context.actor) ?? '';
      await insertInvitation(db, { id, tenantId: tenant.id, ...draft, tokenHash: hash, invitedBy, expiresAt });
      await sendMail(db, {
        to: draft.email,
        template: 'invitation',
        locals: {
          workspaceName: tenant.name,
          inviterName: context.actor.name,
          role: draft.role,
          link: `${config().origin}/invitations/${token}`,
          days: invitationDays,
        },
      });
    },
    (db) =>
      recordEvent(db, context, {
        category: 'member',
        event: 'member.invited',
        subject: { kind: 'invitation', id },
        details: { role: draft.role },
      }),
  );
}

export async function withdrawInvitation(context: TenantContext, id: string): Promise<void> {
  await inTenantWithShared(
    context,
    'members.create',
    (db) => revokeInvitation(db, context.tenant.id, id),
    (db) =>
      recordEvent(db, context, {
        category: 'member',
        event: 'member.invitation-withdrawn',
        subject: { kind: 'invitation', id },
      }),
  );
}

/** Counts from the member's next request on. Throws Conflict for the last owner. */
export async function changeRole(context: TenantContext, accountId: string, role: Role): Promise<void> {
  demandRank(context, role);
  await inTenantWithShared(
    context,
    'members.update',
    async (db) => {
      const before = await lockMember(context, db, accountId);
      if (before.role === 'owner' && role !== 'owner') await demandAnotherOwner(context, db, accountId);
      await updateRole(db, context.tenant.id, accountId, role);
      await publish(db, 'membership', accountId);
      return before;
    },
    (db, before) =>
      recordEvent(db, context, {
        category: 'member',
        event: 'member.role-changed',
        subject: { kind: 'account', id: accountId },
        details: { from: before.role, to: role },
      }),
  );
  tellHere('membership', accountId);
}

/** MB-5: access ends with the next request. What the person made for the workspace stays in it. */
export async function removeMember(context: TenantContext, accountId: string): Promise<void> {
  await inTenantWithShared(
    context,
    'members.delete',
    (db) => endMembership(context, db, accountId),
    (db, role) =>
      recordEvent(db, context, {
        category: 'member',
        event: 'member.removed',
        subject: { kind: 'account', id: accountId },
        details: { role },
      }),
  );
  tellHere('membership', accountId);
}

/** Anybody may leave, except the last owner. */
export async function leaveWorkspace(context: TenantContext): Promise<void> {
  const accountId = accountOf(context.actor) ?? '';
  await inTenantWithShared(
    context,
    'workspace.read',
    (db) => endMembership(context, db, accountId),
    (db, role) =>
      recordEvent(db, context, {
        category: 'member',
        event: 'member.left',
        subject: { kind: 'account', id: accountId },
        details: { role },
      }),
  );
  tellHere('membership', accountId);
}

async function endMembership(context: TenantContext, db: Database, accountId: string): Promise<Role> {
  const { role } = await lockMember(context, db, accountId);
  if (role === 'owner') await demandAnotherOwner(context, db, accountId);
  await deleteMember(db, context.tenant.id, accountId);
  await publish(db, 'membership', accountId);
  return role;
}

async function lockMember(context: TenantContext, db: Database, accountId: string) {
  await lockOwners(db, context.tenant.id);
  const member = await getMember(db, context.tenant.id, accountId);
  if (accountId !== accountOf(context.actor)) demandRank(context, member.role);
  return member;
}

async function demandAnotherOwner(context: TenantContext, db: Database, accountId: string): Promise<void> {
  const owners = await lockOwners(db, context.tenant.id);
  if (owners.some((owner) => owner !== accountId)) return;
  throw new Conflict('A workspace needs an owner. Make somebody else an owner first.');
}

function demandRank(context: TenantContext, role: Role): void {
  const { actor } = context;
  if (actor.kind === 'member' && mayAssign(actor.role, role)) return;
  throw new Forbidden('Only an owner may give or take the role of owner.');
}
