import { shared } from '../../../database/shared.js';
import type { Account } from '../account.js';
import { hasSecondFactor } from '../second-step/queries.js';
import { type CodeCount, countRecoveryCodes } from './queries.js';

/** The locals of `views/profile/sections/recovery-codes.ejs`. */
export async function recoveryCodesSection(
  account: Account,
): Promise<{ readonly recoveryCodes: CodeCount; readonly needsRecoveryCodes: boolean }> {
  return {
    recoveryCodes: await countRecoveryCodes(shared(), account.id),
    needsRecoveryCodes: await hasSecondFactor(shared(), account.id),
  };
}
