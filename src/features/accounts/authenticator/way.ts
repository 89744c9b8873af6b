import { shared } from '../../../database/shared.js';
import { typed, type Way } from '../proof/way.js';
import { useAuthenticator } from './actions.js';
import { findAuthenticator } from './queries.js';

const field = 'proof_authenticator';

export const authenticatorWay: Way = {
  name: 'authenticator',
  label: 'Use your authenticator app',
  async isOffered(account) {
    const known = await findAuthenticator(shared(), account.id);
    return known !== undefined && known.confirmedAt !== null;
  },
  async check(proving) {
    const code = typed(proving, field).replace(/[\s-]/g, '');
    if (!/^\d{6}$/.test(code)) return { field, problem: 'Enter the six digits that the app shows.' };
    if (await useAuthenticator(proving.account.id, code)) return undefined;
    return { field, problem: 'This code is not right, or was used already. Wait for the next one.' };
  },
};
