import { shared } from '../../../database/shared.js';
import { verifyPassword } from '../password.js';
import { pepper } from '../pepper.js';
import { findPasswordHash } from '../queries.js';
import { typed, type Way } from './way.js';

const field = 'proof_password';

export const passwordWay: Way = {
  name: 'password',
  label: 'Use your password',
  async isOffered(account, purpose) {
    return purpose === 'proof' && (await findPasswordHash(shared(), account.id)) !== undefined;
  },
  async check(proving) {
    const password = typed(proving, field);
    if (password === '') return { field, problem: 'Enter your password.' };
    const known = await findPasswordHash(shared(), proving.account.id);
    const right = await verifyPassword(password.slice(0, 4096), known, pepper());
    return right ? undefined : { field, problem: 'This is not your password.' };
  },
};
