import { z } from 'zod';
import { grantable, type Permission } from '../../tenancy/permissions.js';

/** So many of a workspace's own: a page shows them all. */
export const mostRoles = 50;

const names = new Set<string>(grantable);
const isGrantable = (name: string): name is Permission => names.has(name);

/** A role of the workspace's own (MB-3). Its permissions add to those of the role that every member has. */
export const CustomRole = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  // A permission that this version does not know gives nothing.
  permissions: z.array(z.string()).transform((known) => known.filter(isGrantable)),
  /** How many hold it by themselves, and how many groups give it. */
  members: z.number(),
  groups: z.number(),
});
export type CustomRole = z.infer<typeof CustomRole>;

export const Name = z
  .string('Give it a name.')
  .normalize('NFC')
  .overwrite((name) => name.replace(/\s+/gu, ' '))
  .trim()
  .min(2, 'Use at least 2 characters.')
  .max(60, 'Use at most 60 characters.')
  .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'Leave out control characters.');

export const Description = z
  .string()
  .normalize('NFC')
  .trim()
  .max(200, 'Use at most 200 characters.')
  .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'Leave out control characters.')
  .default('');

/** The boxes that were ticked: none, one or several fields of a name. */
export function ticked<T>(item: z.ZodType<T>, most = 200) {
  return z.preprocess((value) => (value === undefined ? [] : [value].flat()), z.array(item).max(most));
}

export const CustomRoleDraft = z.object({
  name: Name,
  description: Description,
  permissions: ticked(z.string().refine(isGrantable, 'Choose permissions from the list.')).refine(
    (chosen) => chosen.length > 0,
    'Choose at least one permission.',
  ),
});
export type CustomRoleDraft = z.infer<typeof CustomRoleDraft>;

/** Added and taken away between two lists. */
export function difference<T>(before: readonly T[], after: readonly T[]): { added: T[]; taken: T[] } {
  return {
    added: after.filter((each) => !before.includes(each)),
    taken: before.filter((each) => !after.includes(each)),
  };
}

// The nil id (RFC 9562, 5.9): there is no such role, and the page says so.
const nowhere = '00000000-0000-0000-0000-000000000000';

/** Which roles of the workspace's own a member shall hold; what is no id names no role. */
export const ChosenRoles = z.object({ roles: ticked(z.uuid()).catch([nowhere]) });
