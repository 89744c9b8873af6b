import { z } from 'zod';
import { brokenConstraint } from '../../../database/failure.js';
import { publish, sharedTransaction, tellHere } from '../../../database/shared.js';
import { Invalid } from '../../../errors.js';
import { type Account, type Origin, Username } from '../account.js';
import { announce } from '../announce.js';
import { updateNames } from './queries.js';

export const NamesDraft = z.object({
  name: z
    .string('Enter your name.')
    .normalize('NFC')
    .overwrite((name) => name.replace(/\s+/gu, ' '))
    .trim()
    .min(1, 'Enter your name.')
    .max(80, 'Use at most 80 characters.')
    .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'Leave out control characters.'),
  username: Username,
});
export type NamesDraft = z.infer<typeof NamesDraft>;

/** Throws Invalid at `username` when somebody else has it. */
export async function rename(account: Account, origin: Origin, names: NamesDraft): Promise<void> {
  const details = { name: names.name !== account.name, username: names.username !== account.username };
  await announce(account, origin, { event: 'account.renamed', details });
  try {
    await sharedTransaction(async (db) => {
      await updateNames(db, account.id, names);
      await publish(db, 'account', account.id);
    });
  } catch (error) {
    if (brokenConstraint(error) !== 'accounts_username_key') throw error;
    await announce(account, origin, { event: 'account.renamed', outcome: 'failed', details: { reason: 'taken' } });
    const problem = `The username ${names.username} is taken. Choose another one.`;
    throw new Invalid(problem, { username: problem });
  }
  tellHere('account', account.id);
}
