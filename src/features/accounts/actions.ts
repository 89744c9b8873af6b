import { shared, sharedTransaction } from '../../database/shared.js';
import { Invalid } from '../../errors.js';
import { verifyPassword } from './password.js';
import { pepper } from './pepper.js';
import { findPasswordHash } from './queries.js';
import { forgetTries } from './sign-in/queries.js';
import { chargeTries, proofTries } from './sign-in/tries.js';

/**
 * A fresh proof that the person at a signed-in session knows the password. Throws Invalid at the field `password`
 * when it is wrong, TooManyRequests when wrong ones came too often: a session left open must not become a guessing place.
 */
export async function confirmPassword(accountId: string, password: string): Promise<void> {
  const tries = proofTries(accountId);
  await sharedTransaction((db) => chargeTries(db, [tries]));
  const known = await findPasswordHash(shared(), accountId);
  if (!(await verifyPassword(password, known, pepper()))) {
    const problem = 'This is not your password.';
    throw new Invalid(problem, { password: problem });
  }
  await forgetTries(shared(), tries.key);
}
