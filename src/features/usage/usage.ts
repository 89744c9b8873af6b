import { z } from 'zod';

/** `search` and `index`: vectors of a provider, of what was looked for and of documents. */
export const purposes = ['chat', 'test', 'search', 'index'] as const;
export type Purpose = (typeof purposes)[number];

export const callStates = ['open', 'done', 'failed', 'stopped'] as const;

/** Whose limit it is: the workspace's, that of each person, or of one person, by the account's id. */
export const workspaceHolder = 'workspace';
export const everybody = 'everybody';

/** The most in a calendar month; null is no limit. Money in millionths of the operator's currency. */
export interface Limit {
  readonly tokens: number | null;
  readonly costMicros: number | null;
}

export const noLimit: Limit = { tokens: null, costMicros: null };

/** Where a holder stands: what the month came to so far, and the most that it may come to. */
export const Standing = z.object({
  holder: z.string(),
  tokens: z.number(),
  costMicros: z.number(),
  mostTokens: z.number().nullable(),
  mostMicros: z.number().nullable(),
});
export type Standing = z.infer<typeof Standing>;

/** So many whole months are kept beside the present one: a year, to compare with the same month of the last one. */
export const monthsKept = 13;

/** From this share of a limit on, somebody is told. */
export const warnAt = 0.8;

/** The part of its limit that is used up, the larger of tokens and money; undefined without a limit. */
export function shareOf({ tokens, costMicros, mostTokens, mostMicros }: Standing): number | undefined {
  const of = (used: number, most: number | null) => (most === null ? [] : [most === 0 ? 1 : used / most]);
  const shares = [...of(tokens, mostTokens), ...of(costMicros, mostMicros)];
  return shares.length === 0 ? undefined : Math.max(...shares);
}

/** The stricter of two limits, each for itself. */
export function stricter(one: Limit, other: Limit): Limit {
  const least = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.min(a, b));
  return { tokens: least(one.tokens, other.tokens), costMicros: least(one.costMicros, other.costMicros) };
}
