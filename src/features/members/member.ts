import { z } from 'zod';
import {
  covers,
  type Permission,
  type Permissions,
  permissionsOf,
  type Role,
  roles,
} from '../../tenancy/permissions.js';

export const Member = z.object({
  accountId: z.uuid(),
  name: z.string(),
  username: z.string(),
  email: z.string(),
  role: z.enum(roles),
  joinedAt: z.date(),
  /** What roles of the workspace's own give them; their names; the groups that they are in. */
  granted: z.array(z.string()),
  ownRoles: z.array(z.string()),
  groups: z.array(z.string()),
});
export type Member = z.infer<typeof Member>;

export const RoleDraft = z.object({ role: z.enum(roles, 'Choose a role.') });

/** What somebody is and may do in a workspace whose members can be changed. */
export interface Standing {
  readonly role: Role;
  readonly permissions: Permissions;
}

/** Nobody gives what they do not have, and owners are made by owners. */
export function mayGive(own: Standing, role: Role): boolean {
  return role === 'owner' ? own.role === 'owner' : covers(own.permissions, permissionsOf(role));
}

const people: readonly Permission[] = ['members.update', 'members.delete', 'members.manage'];

/** Whoever has a say over members is changed or removed only by somebody who may do all that they may. */
export function mayTouch(own: Standing, other: Standing): boolean {
  if (own.role === 'owner') return true;
  if (other.role === 'owner') return false;
  return covers(own.permissions, other.permissions) || !people.some((each) => other.permissions.has(each));
}
