import { shared } from '../../../database/shared.js';
import { signInPolicyOf } from '../../../tenancy/directory.js';
import { typed, type Way } from '../proof/way.js';
import { hasSecondFactor } from '../second-step/queries.js';
import { deviceOf } from '../sign-in/device.js';
import { requestCode, useCode } from './actions.js';
import { browserOf, markBrowser } from './browser.js';
import { TypedCode } from './code.js';
import { codeGone, wrongCode } from './wording.js';

const field = 'proof_code';

/**
 * An emailed code. Not where the account has a factor of its own: whoever reads its mail can have a new password, and
 * would have both steps.
 */
export const codeWay: Way = {
  name: 'code',
  label: 'Email me a code',
  async isOffered(account) {
    const { noCodesFrom } = await signInPolicyOf(account.id);
    if (noCodesFrom !== null && noCodesFrom <= new Date()) return false;
    return !(await hasSecondFactor(shared(), account.id));
  },
  async begin({ account, purpose, request, origin }) {
    const browserHash = markBrowser(request);
    await requestCode({
      ...{ accountId: account.id, login: account.email, purpose, browserHash, origin },
      device: deviceOf(request),
    });
  },
  async check(proving) {
    const { account, purpose, request, origin } = proving;
    const code = TypedCode.safeParse(typed(proving, field));
    if (!code.success) return { field, problem: 'Enter the six digits of the mail.' };
    const browserHash = browserOf(request);
    if (!browserHash) return { field, problem: codeGone };
    const from = { address: origin.address, device: deviceOf(request) };
    const outcome = await useCode({ browserHash, purpose }, code.data, from);
    if (outcome.kind === 'right' && outcome.accountId === account.id) return undefined;
    return { field, problem: outcome.kind === 'wrong' ? wrongCode(outcome.triesLeft) : codeGone };
  },
};
