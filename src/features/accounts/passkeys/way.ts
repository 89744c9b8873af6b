import { shared } from '../../../database/shared.js';
import type { Purpose } from '../proof/way.js';
import { typed, type Way } from '../proof/way.js';
import { listPasskeys } from './queries.js';
import { checkUse } from './using.js';

const field = 'proof_passkey';

/** A passkey as the second step, and as a fresh proof. The challenge is asked for by script when the button is pressed. */
export const passkeyWay: Way = {
  name: 'passkey',
  label: 'Use a passkey',
  async isOffered(account, purpose) {
    const known = await listPasskeys(shared(), account.id);
    return known.some(({ signsIn }) => signsIn || purpose === 'second-step');
  },
  async locals({ request, purpose }) {
    return { passkeyOptions: optionsAddress(purpose, request.params) };
  },
  async check(proving) {
    const { account, purpose, request, origin } = proving;
    const shown = { use: purpose, accountId: account.id, text: typed(proving, field), origin };
    const judged = await checkUse(request, shown);
    return judged.kind === 'accepted' ? undefined : { field, problem: judged.problem };
  },
};

function optionsAddress(purpose: Purpose, { challenge }: { challenge?: unknown }): string {
  return purpose === 'proof' ? '/profile/passkeys/proof-challenge' : `/login/verify/${challenge}/passkey`;
}
