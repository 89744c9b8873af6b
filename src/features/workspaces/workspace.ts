import { z } from 'zod';

export const WorkspaceName = z
  .string('Name the workspace.')
  .normalize('NFC')
  // A page shows a run of spaces as one, and whoever deletes the workspace types what the page shows.
  .overwrite((name) => name.replace(/\s+/gu, ' '))
  .trim()
  .min(2, 'Use at least 2 characters.')
  .max(80, 'Use at most 80 characters.')
  .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'Leave out control characters.');

export const WorkspaceSettings = z.object({
  name: WorkspaceName,
  instructions: z
    .string()
    // A form sends two characters for each end of a line.
    .overwrite((text) => text.replaceAll('\r\n', '\n'))
    .trim()
    .max(20_000, 'Use at most 20,000 characters.')
    .default(''),
});
export type WorkspaceSettings = z.infer<typeof WorkspaceSettings>;

/** Typed confirmation of a name: spaces at its ends and the way accents are written do not matter. */
export function isNameOf(name: string, typed: string): boolean {
  const shown = (text: string) => text.normalize('NFC').replace(/\s+/gu, ' ').trim();
  return shown(typed) === shown(name);
}

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

/** `table audit_events` -> `rows of audit events`: what was counted, in words. */
export function countedAs(what: string): string {
  return what.startsWith('table ') ? `rows of ${what.slice('table '.length).replaceAll('_', ' ')}` : what;
}

/** The lines of a receipt. The tables' rows come after the workspace as a whole. */
export function countRows({ countedBefore, countedAfter }: Deletion) {
  const place = (what: string) => (what.startsWith('table ') ? `2 ${what}` : `1 ${what}`);
  return Object.entries(countedBefore ?? {})
    .sort(([one], [other]) => place(one).localeCompare(place(other)))
    .map(([what, before]) => ({ what: countedAs(what), before, after: countedAfter?.[what] ?? 0 }));
}
