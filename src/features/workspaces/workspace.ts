import { z } from 'zod';

export const WorkspaceName = z
  .string('Name the workspace.')
  .trim()
  .min(2, 'The name of the workspace needs at least 2 characters.')
  .max(80, 'The name of the workspace may have at most 80 characters.')
  .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'Leave control characters out of the name.');

export const WorkspaceSettings = z.object({
  name: WorkspaceName,
  instructions: z.string().trim().max(20_000, 'Use at most 20,000 characters.').default(''),
});
export type WorkspaceSettings = z.infer<typeof WorkspaceSettings>;

const Counts = z.record(z.string(), z.number());

/** The receipt of a deleted workspace. */
export const Deletion = z.object({
  id: z.uuid(),
  tenantId: z.string(),
  slug: z.string(),
  name: z.string(),
  deletedBy: z.uuid(),
  requestedAt: z.date(),
  countedBefore: Counts.nullable(),
  countedAfter: Counts.nullable(),
  finishedAt: z.date().nullable(),
});
export type Deletion = z.infer<typeof Deletion>;
