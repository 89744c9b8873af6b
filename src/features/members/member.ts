import { z } from 'zod';
import { type Role, roles } from '../../tenancy/permissions.js';

export const Member = z.object({
  accountId: z.uuid(),
  name: z.string(),
  username: z.string(),
  email: z.string(),
  role: z.enum(roles),
  joinedAt: z.date(),
});
export type Member = z.infer<typeof Member>;

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

export const InvitationDraft = z.object({
  email: z
    .string()
    .trim()
    .toLowerCase()
    .max(254, 'This address is too long.')
    .pipe(z.email('Enter an address like name@example.com.')),
  role: z.enum(roles, 'Choose a role.'),
});
export type InvitationDraft = z.infer<typeof InvitationDraft>;

export const invitationDays = 7;

const rank: Readonly<Record<Role, number>> = { owner: 2, admin: 1, member: 0 };

/** Nobody gives a role above their own, or touches somebody above them. */
export function mayAssign(own: Role, role: Role): boolean {
  return rank[own] >= rank[role];
}
