import { z } from 'zod';
import { config } from '../../../config.js';
import type { Database } from '../../../database/database.js';
import { brokenConstraint } from '../../../database/failure.js';
import { newId } from '../../../database/id.js';
import { shared } from '../../../database/shared.js';
import { Conflict } from '../../../errors.js';
import { enqueueJob } from '../../../jobs/job.js';
import { sendMail } from '../../../mail/outbox.js';
import type { Tenant } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { claimTenant } from '../../../tenancy/provisioning.js';
import { newToken } from '../../../vault/tokens.js';
import { Email } from '../../accounts/account.js';
import { addGuide } from '../../agents/actions.js';
import { invitationDays } from '../../members/invitations/invitation.js';
import { insertInvitation } from '../../members/invitations/queries.js';
import { listOwners, saveInstructions } from '../../workspaces/queries.js';
import { slugOf, withSuffix } from '../../workspaces/slug.js';
import { WorkspaceName } from '../../workspaces/workspace.js';
import { insertPlatformAct } from '../events/queries.js';
import { contextAt, type Operator } from '../operator.js';
import { actOn } from './actions.js';
import { getPlatformTenant, revokeAllInvitations } from './queries.js';

export const TenantDraft = z.object({ name: WorkspaceName, email: Email });
export type TenantDraft = z.infer<typeof TenantDraft>;

export const OwnerDraft = z.object({ email: Email });

const slugTries = 5;

/**
 * A workspace for somebody who is invited by mail to own it: until they accept, nobody can enter it. Throws
 * UpstreamFailed when no schema stands by; more are asked for.
 */
export async function createTenant(operator: Operator, draft: TenantDraft): Promise<Tenant> {
  const wished = slugOf(draft.name);
  try {
    for (let attempt = 1; attempt < slugTries; attempt += 1) {
      const slug = attempt === 1 ? wished : withSuffix(wished);
      const tenant = await claimAt(slug, operator, draft).catch(unlessSlugTaken);
      if (tenant) return tenant;
    }
    return await claimAt(withSuffix(wished), operator, draft);
  } finally {
    await enqueueJob(shared(), 'workspaces.refill', {}, { key: 'standby' });
  }
}

async function claimAt(slug: string, operator: Operator, { name, email }: TenantDraft): Promise<Tenant> {
  const { tenant } = await claimTenant({
    name,
    slug,
    async sharedWork(db, claimed) {
      const invitation = await inviteOwnerWithin(db, operator, { tenant: claimed, email });
      const details = { slug, invitation };
      await insertPlatformAct(db, operator, { event: 'platform.workspace-created', tenantId: claimed.id, details });
    },
    async tenantWork(db, claimed) {
      const context = contextAt(claimed, operator);
      const subject = { kind: 'workspace', id: claimed.id };
      await recordEvent(db, context, { category: 'workspace', event: 'workspace.created', subject });
      await saveInstructions(db, '');
      await addGuide(db, context);
    },
  });
  return tenant;
}

function unlessSlugTaken(error: unknown): undefined {
  if (brokenConstraint(error) !== 'tenants_slug_key') throw error;
}

/** Only while a workspace has no owner: afterwards its own people decide who comes in. */
export async function inviteOwner(operator: Operator, tenantId: string, email: string): Promise<void> {
  const tenant = await getPlatformTenant(shared(), tenantId);
  await actOn(operator, tenant, {
    event: 'workspace.owner-invited',
    async change(db) {
      // In this order: whoever accepts at this moment is waited for, and is then an owner.
      await revokeAllInvitations(db, tenantId);
      if ((await listOwners(db, tenantId)).length > 0) {
        throw new Conflict('This workspace has an owner, who invites its people.');
      }
      await inviteOwnerWithin(db, operator, { tenant, email });
    },
  });
}

async function inviteOwnerWithin(
  db: Database,
  operator: Operator,
  { tenant, email }: { tenant: Pick<Tenant, 'id' | 'name'>; email: string },
): Promise<string> {
  const id = newId();
  const { token, hash } = newToken();
  await insertInvitation(db, {
    ...{ id, tenantId: tenant.id, email, role: 'owner', tokenHash: hash },
    invitedBy: operator.accountId ?? '00000000-0000-0000-0000-000000000000',
    expiresAt: new Date(Date.now() + invitationDays * 86_400_000),
  });
  const link = `${config().origin}/invitations/${token}`;
  const inviterName = 'The operator of this installation';
  const locals = { workspaceName: tenant.name, inviterName, role: 'owner', link, days: invitationDays };
  await sendMail(db, { to: email, template: 'invitation', locals });
  return id;
}
