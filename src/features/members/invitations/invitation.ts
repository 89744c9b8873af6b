import { z } from 'zod';
import { roles } from '../../../tenancy/permissions.js';
import { Email } from '../../accounts/account.js';
import { RoleDraft } from '../member.js';

export const Invitation = z.object({
  id: z.uuid(),
  tenantId: z.string(),
  email: z.string(),
  role: z.enum(roles),
  invitedBy: z.uuid(),
  createdAt: z.date(),
  expiresAt: z.date(),
});
export type Invitation = z.infer<typeof Invitation>;

/** One whose link still works, with the workspace that it leads to. */
export const OpenInvitation = Invitation.extend({ workspaceName: z.string(), slug: z.string() });
export type OpenInvitation = z.infer<typeof OpenInvitation>;

export const InvitationDraft = RoleDraft.extend({ email: Email });
export type InvitationDraft = z.infer<typeof InvitationDraft>;

export const invitationDays = 7;
