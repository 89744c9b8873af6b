import { z } from 'zod';

/** What was tried in a self-test of isolation, in the order in which it is told. */
export const partNames = ['rights', 'tables', 'routes', 'search', 'keys'] as const;
export type PartName = (typeof partNames)[number];

/** Each in a sentence, for the page and for whoever reads the signed text. */
export const partWords: Readonly<Record<PartName, string>> = {
  rights: 'Rights on the schema, tables, columns and role of this workspace that anybody else has, by the catalogue.',
  tables: 'Reading, inserting, changing and deleting in every table of a canary, as the database role of another one.',
  routes: 'Every address that names something, asked for with a canary’s names by a member of another one.',
  search: 'Every page and list of one canary, searched for a word that only the other one contains.',
  keys: 'What the key of one canary sealed, opened with the key of another one.',
};

const Part = z.object({
  part: z.enum(partNames),
  tried: z.number().int(),
  refused: z.number().int(),
  /** What was not refused, in words. Names of tables, roles and routes, never content. */
  leaks: z.array(z.string()),
  /** What was tried, by name. */
  names: z.array(z.string()),
  /** Addresses for which the canary had nothing of its own to show; an invented name was used. */
  invented: z.array(z.string()).optional(),
});
export type Part = z.infer<typeof Part>;

/** What is signed: the JSON text of this. */
export const Findings = z.object({
  what: z.literal('Bailiwick isolation self-test'),
  id: z.uuid(),
  installation: z.string(),
  workspace: z.string(),
  begun: z.iso.datetime(),
  finished: z.iso.datetime(),
  tried: z.number().int(),
  refused: z.number().int(),
  leaked: z.number().int(),
  parts: z.array(Part),
  key: z.string(),
});
export type Findings = z.infer<typeof Findings>;

export const SelfTest = z.object({
  id: z.uuid(),
  askedAt: z.date(),
  askedBy: z.uuid().nullable(),
  finishedAt: z.date().nullable(),
  failedAt: z.date().nullable(),
  tried: z.number().nullable(),
  refused: z.number().nullable(),
  leaked: z.number().nullable(),
});
export type SelfTest = z.infer<typeof SelfTest>;

export type SelfTestState = 'running' | 'failed' | 'clean' | 'leaking';

export function stateOf({ finishedAt, failedAt, leaked }: SelfTest): SelfTestState {
  if (failedAt) return 'failed';
  if (!finishedAt) return 'running';
  return leaked === 0 ? 'clean' : 'leaking';
}

/** A weekly test that is older than this was missed. */
export const freshDays = 8;

export const totalsOf = (parts: readonly Part[]) => ({
  tried: parts.reduce((sum, { tried }) => sum + tried, 0),
  refused: parts.reduce((sum, { refused }) => sum + refused, 0),
  leaked: parts.reduce((sum, { leaks }) => sum + leaks.length, 0),
});
