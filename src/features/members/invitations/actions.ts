import { config } from '../../../config.js';
import type { Database } from '../../../database/database.js';
import { newId } from '../../../database/id.js';
import { Invalid } from '../../../errors.js';
import { sendMail } from '../../../mail/outbox.js';
import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenantWithShared } from '../../../tenancy/in-tenant.js';
import { roleNames } from '../../../tenancy/permissions.js';
import { demandRoom } from '../../../tenancy/quotas.js';
import { newToken } from '../../../vault/tokens.js';
import { mayGive } from '../member.js';
import { countMembers, listStandings } from '../queries.js';
import { demandRank, lockRanks, orRecordRefusal } from '../rank.js';
import { type InvitationDraft, invitationDays } from './invitation.js';
import {
  countMembersAt,
  insertInvitation,
  listInvitations,
  revokeInvitation,
  revokeInvitations,
  revokeInvitationsTo,
} from './queries.js';

/** MB-2: a link for this address alone, good for seven days and one use. A newer one ends the older. */
export async function inviteMember(context: TenantContext, draft: InvitationDraft): Promise<void> {
  const id = newId();
  const event = {
    event: 'member.invited',
    subject: { kind: 'invitation', id },
    details: { role: draft.role },
  };
  await orRecordRefusal(context, event, () =>
    inTenantWithShared(
      context,
      'members.create',
      (db) => inviteWithin(context, db, { id, ...draft }),
      (db) => recordEvent(db, context, { ...event, category: 'member' }),
    ),
  );
}

async function inviteWithin(context: TenantContext, db: Database, draft: InvitationDraft & { id: string }) {
  const { tenant, actor } = context;
  const ranks = await lockRanks(context, db, 'members.create');
  demandRank(ranks, draft.role);
  await demandRoom(tenant, 'members', () => countMembers(db, tenant.id, { query: '', role: undefined }));
  if ((await countMembersAt(db, tenant.id, draft.email)) > 0) {
    throw new Invalid('This person is a member already.', { email: 'This person is a member already.' });
  }
  for (const replaced of await revokeInvitationsTo(db, tenant.id, draft.email)) demandRank(ranks, replaced.role);
  const { token, hash } = newToken();
  await insertInvitation(db, {
    ...draft,
    tenantId: tenant.id,
    tokenHash: hash,
    invitedBy: accountOf(actor) ?? '',
    expiresAt: new Date(Date.now() + invitationDays * 86_400_000),
  });
  await sendMail(db, {
    to: draft.email,
    template: 'invitation',
    locals: {
      workspaceName: tenant.name,
      inviterName: actor.name,
      role: roleNames[draft.role],
      link: `${config().origin}/invitations/${token}`,
      days: invitationDays,
    },
  });
}

export async function withdrawInvitation(context: TenantContext, id: string): Promise<void> {
  const event = { event: 'member.invitation-withdrawn', subject: { kind: 'invitation', id } };
  await orRecordRefusal(context, event, () =>
    inTenantWithShared(
      context,
      'members.create',
      async (db) => {
        const ranks = await lockRanks(context, db, 'members.create');
        const { role } = await revokeInvitation(db, context.tenant.id, id);
        demandRank(ranks, role);
        return role;
      },
      (db, role) => recordEvent(db, context, { ...event, category: 'member', details: { role } }),
    ),
  );
}

/**
 * A link must not outlive the right to send it: else somebody who is removed comes back by a friend. Call after any
 * change of what members may do, while they are locked. Ends what its sender could not send now; answers how many.
 */
export async function withdrawUncovered({ tenant }: TenantContext, db: Database): Promise<number> {
  const open = await listInvitations(db, tenant.id);
  if (open.length === 0) return 0;
  const senders = await listStandings(db, tenant.id, [...new Set(open.map(({ invitedBy }) => invitedBy))]);
  const lost = open.filter(({ invitedBy, role }) => {
    const sender = senders.get(invitedBy);
    return !sender?.permissions.has('members.create') || !mayGive(sender, role);
  });
  return revokeInvitations(
    db,
    tenant.id,
    lost.map(({ id }) => id),
  );
}
