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

export const RoleDraft = z.object({ role: z.enum(roles, 'Choose a role.') });

const rank: Readonly<Record<Role, number>> = { owner: 2, admin: 1, member: 0 };

/** Nobody gives a role above their own, or touches somebody above them. */
export function mayAssign(own: Role, role: Role): boolean {
  return rank[own] >= rank[role];
}
