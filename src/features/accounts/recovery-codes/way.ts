import { shared } from '../../../database/shared.js';
import { typed, type Way } from '../proof/way.js';
import { useRecoveryCode } from './actions.js';
import { countRecoveryCodes } from './queries.js';

const field = 'proof_recovery_code';

/** For whoever lost the other factors. Not a fresh proof: codes are few, and there is a session already. */
export const recoveryCodeWay: Way = {
  name: 'recovery-code',
  label: 'Use a recovery code',
  async isOffered(account, purpose) {
    return purpose === 'second-step' && (await countRecoveryCodes(shared(), account.id)).left > 0;
  },
  async check(proving) {
    const code = typed(proving, field).slice(0, 100);
    if (code.trim() === '') return { field, problem: 'Enter one of your recovery codes.' };
    if (await useRecoveryCode(proving.account, proving.origin, code)) return undefined;
    return { field, problem: 'This is not one of your unused recovery codes.' };
  },
};
