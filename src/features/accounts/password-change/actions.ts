import type { Request } from 'express';
import { sharedTransaction } from '../../../database/shared.js';
import { Invalid } from '../../../errors.js';
import { endSessionsWithin } from '../../../http/session.js';
import { endHere } from '../../../http/session-rows.js';
import type { Account, Origin } from '../account.js';
import { confirmPassword } from '../actions.js';
import { announce } from '../announce.js';
import { hashPassword } from '../password.js';
import { isShortPassword, passwordProblem } from '../password-rules.js';
import { endPending } from '../pending/queries.js';
import { pepper } from '../pepper.js';
import { lockAccount } from '../queries.js';
import { shortestFor } from '../second-step/shortest.js';
import { tellOwner } from '../tell-owner.js';
import { updatePassword } from './queries.js';

export interface NewPassword {
  /** The one that counts now; undefined when the account has none, and then the person has shown another proof. */
  readonly current: string | undefined;
  readonly password: string;
  /** The request whose session stays. */
  readonly keep: Request;
}

/**
 * Changes the password, or sets the first one. The other sessions end, and so does what is on its way to the account:
 * links, codes, an address that waits to be confirmed, browsers that may leave out the second factor. Answers how many
 * sessions ended. Throws Invalid at `current` or `password`.
 */
export async function changePassword(account: Account, origin: Origin, change: NewPassword): Promise<number> {
  const { current, password, keep } = change;
  const problem = passwordProblem(password, account, await shortestFor(account.id));
  if (problem) throw new Invalid(problem, { password: problem });
  if (current !== undefined) await confirmCurrent(account, origin, current);
  const passwordHash = await hashPassword(password, pepper());
  const isFirst = current === undefined;
  await announce(account, origin, { event: isFirst ? 'account.password-set' : 'account.password-changed' });
  const ended = await sharedTransaction(async (db) => {
    await lockAccount(db, account.id);
    // The second factor may have gone while the hash was made.
    const now = passwordProblem(password, account, await shortestFor(account.id, db));
    if (now) throw new Invalid(now, { password: now });
    await updatePassword(db, account.id, { passwordHash, short: isShortPassword(password) });
    await endPending(db, account.id);
    await tellOwner(db, account, origin, {
      what: isFirst ? 'Your account has got a password' : 'Your password was changed',
      detail: 'All other sessions were ended, and browsers that were remembered ask for the second factor again.',
    });
    return endSessionsWithin(db, account.id, { keep });
  });
  for (const key of ended) endHere(key);
  return ended.length;
}

async function confirmCurrent(account: Account, origin: Origin, current: string): Promise<void> {
  try {
    await confirmPassword(account.id, current);
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    await announce(account, origin, {
      event: 'account.password-changed',
      outcome: 'refused',
      details: { reason: 'wrong password' },
    });
    throw new Invalid(error.message, { current: error.message });
  }
}
