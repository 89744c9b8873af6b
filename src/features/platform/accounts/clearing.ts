import { newId } from '../../../database/id.js';
import { shared, sharedTransaction } from '../../../database/shared.js';
import { NotFound } from '../../../errors.js';
import { endSessionsWithin } from '../../../http/session.js';
import { endHere } from '../../../http/session-rows.js';
import { enqueueJob } from '../../../jobs/job.js';
import { deleteAuthenticator } from '../../accounts/authenticator/queries.js';
import { deletePasskeys } from '../../accounts/passkeys/queries.js';
import { endPending } from '../../accounts/pending/queries.js';
import { findAccountByEmail, lockAccount } from '../../accounts/queries.js';
import { insertRecovery } from '../../accounts/recovery/queries.js';
import { newReference } from '../../accounts/recovery/recovery.js';
import { deleteRecoveryCodes } from '../../accounts/recovery-codes/queries.js';
import { tellOwner } from '../../accounts/tell-owner.js';
import type { Operator } from '../operator.js';
import { note, originOf } from './note.js';
import { forgetPassword } from './queries.js';

/**
 * For somebody who has lost every second factor and all recovery codes, after the operator has made sure who asks (ASVS
 * 6.4.4). The factors, the password and all sessions go, and the way back in is a link to the account's own address: the
 * operator's word and the mailbox take the place of what was lost. Answers the reference of the link. Throws NotFound
 * when nobody has this address.
 */
export async function clearFactors(operator: Operator, email: string, reason: string): Promise<string> {
  const account = await findAccountByEmail(shared(), email.trim().toLowerCase());
  if (!account) throw new NotFound('No account has this address.');
  const [id, reference] = [newId(), newReference()];
  const { requestId, address, device = '' } = originOf(operator);
  const ended = await sharedTransaction(async (db) => {
    await lockAccount(db, account.id);
    const authenticators = (await deleteAuthenticator(db, account.id)) ? 1 : 0;
    const passkeys = await deletePasskeys(db, account.id);
    const codes = await deleteRecoveryCodes(db, account.id);
    await forgetPassword(db, account.id);
    await endPending(db, account.id);
    const sessions = await endSessionsWithin(db, account.id);
    await insertRecovery(db, { id, reference, login: account.email, requestId, address, device });
    await enqueueJob(db, 'accounts.recover', { recoveryId: id });
    const details = { account: account.id, reference, reason, authenticators, passkeys, codes };
    await note(db, operator, account, { event: 'platform.account-factors-cleared', details });
    await tellOwner(db, account, originOf(operator), {
      what: 'Your second factors and your password were removed',
      detail: `Whoever runs this installation did that because they were told that you had lost them. The link in another mail lets you in again. If you did not ask for it, answer them at once. Reference ${reference}.`,
    });
    return sessions;
  });
  for (const key of ended) endHere(key);
  return reference;
}
