import { z } from 'zod';
import { Description, Name, ticked } from '../role.js';

export const mostGroups = 100;

/** Members who hold the same roles of the workspace's own (MB-3). */
export const Group = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  roleIds: z.array(z.uuid()),
  members: z.number(),
});
export type Group = z.infer<typeof Group>;

export const GroupMember = z.object({ accountId: z.uuid(), name: z.string(), username: z.string(), email: z.string() });
export type GroupMember = z.infer<typeof GroupMember>;

export const GroupDraft = z.object({
  name: Name,
  description: Description,
  roles: ticked(z.uuid('Choose roles from the list.')),
});
export type GroupDraft = z.infer<typeof GroupDraft>;

export const Joining = z.object({ account: z.uuid('Choose a member.') });
