import { shared, sharedTransaction } from '../../../database/shared.js';
import { TooManyRequests } from '../../../errors.js';
import { forgetTries, takeBackTry } from '../sign-in/queries.js';
import { chargeTries, type Tries } from '../sign-in/tries.js';
import type { Proving, Way } from './way.js';

export type Outcome =
  | { readonly kind: 'right' }
  | { readonly kind: 'wrong'; readonly errors: Readonly<Record<string, string>> }
  | { readonly kind: 'too often'; readonly errors: Readonly<Record<string, string>>; readonly retryAfter: number };

/**
 * Judges what was shown. A try is counted before it is looked at, so that parallel ones cannot slip through together,
 * and while a count waits nothing is judged (AC-13).
 */
export async function judge(way: Way, proving: Proving, tries: Tries): Promise<Outcome> {
  return orTooOften(async () => {
    await sharedTransaction((db) => chargeTries(db, [tries]));
    const wrong = await way.check(proving).catch(async (error: unknown) => {
      await takeBackTry(shared(), tries.key);
      throw error;
    });
    if (wrong) return { kind: 'wrong', errors: { [wrong.field]: wrong.problem } };
    await forgetTries(shared(), tries.key);
    return { kind: 'right' };
  });
}

/** Too many tries are said on the page of the form, so that nothing that was typed before is lost. */
export async function orTooOften<T>(work: () => Promise<T>): Promise<T | Extract<Outcome, { kind: 'too often' }>> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TooManyRequests)) throw error;
    return { kind: 'too often', errors: { '': error.message }, retryAfter: error.retryAfter };
  }
}
