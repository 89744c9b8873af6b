import type { Database } from '../../../database/database.js';
import { shared } from '../../../database/shared.js';
import { Conflict } from '../../../errors.js';
import { shortestPassword, shortestWithSecondFactor } from '../password-rules.js';
import { deleteRecoveryCodes } from '../recovery-codes/queries.js';
import { forgetTrustedBrowsers, hasSecondFactor, hasShortPassword } from './queries.js';

/** How many characters a new password of this account needs (ASVS 6.2.1): fewer where it is not the only factor. */
export async function shortestFor(accountId: string, db: Database = shared()): Promise<number> {
  return (await hasSecondFactor(db, accountId)) ? shortestWithSecondFactor : shortestPassword;
}

/**
 * What follows from the removal of a second factor, in its transaction and with the account locked: browsers are
 * remembered no more, and with the last one the recovery codes end. Throws Conflict when it was the last one and the
 * password was chosen short because of it.
 */
export async function afterFactorRemoved(db: Database, accountId: string): Promise<void> {
  await forgetTrustedBrowsers(db, accountId);
  if (await hasSecondFactor(db, accountId)) return;
  if (await hasShortPassword(db, accountId)) throw new Conflict(tooShort);
  await deleteRecoveryCodes(db, accountId);
}

const tooShort = `Your password is short, which is enough only together with a second factor. Choose one of at least ${shortestPassword} characters first.`;
