import { newId } from '../../../database/id.js';
import { shared, sharedTransaction } from '../../../database/shared.js';
import { TooManyRequests } from '../../../errors.js';
import { countHit } from '../../../http/queries.js';
import { limitKey } from '../../../http/rate-limit.js';
import { endSessionsWithin } from '../../../http/session.js';
import { endHere } from '../../../http/session-rows.js';
import { enqueueJob } from '../../../jobs/job.js';
import type { Account } from '../../accounts/account.js';
import { findAccountByEmail } from '../../accounts/queries.js';
import { insertRecovery } from '../../accounts/recovery/queries.js';
import { mailsPerAccount, newReference } from '../../accounts/recovery/recovery.js';
import { tellOwner } from '../../accounts/tell-owner.js';
import { insertPlatformAct } from '../events/queries.js';
import type { Operator } from '../operator.js';
import { note, originOf } from './note.js';
import { getSupportedAccount } from './queries.js';

/** By the whole address only: the console is no list of people. That somebody looked is written down. */
export async function lookUpAccount(operator: Operator, email: string): Promise<Account | undefined> {
  const account = await findAccountByEmail(shared(), email);
  const details = { found: account !== undefined, account: account?.id ?? null };
  await insertPlatformAct(shared(), operator, { event: 'platform.account-looked-up', details });
  return account;
}

/** Ends all sessions of an account, everywhere. Its owner is told; how they come in stays as it is. */
export async function endAccountSessions(operator: Operator, accountId: string): Promise<number> {
  const account = await getSupportedAccount(shared(), accountId);
  const ended = await sharedTransaction(async (db) => {
    const keys = await endSessionsWithin(db, account.id);
    const details = { account: account.id, sessions: keys.length };
    await note(db, operator, account, { event: 'platform.account-sessions-ended', details });
    const detail =
      'Whoever runs this installation did that, at your request or for your safety. Sign in again as usual.';
    await tellOwner(db, account, originOf(operator), { what: 'All your sessions were ended', detail });
    return keys;
  });
  for (const key of ended) endHere(key);
  return ended.length;
}

/**
 * The support's answer to a lost password: a link to the account's own address, the same that its owner could ask for.
 * An operator chooses no password, sees no link and passes no factor (ASVS 6.4.6). Answers the reference.
 */
export async function mailRecovery(operator: Operator, accountId: string): Promise<string> {
  const account = await getSupportedAccount(shared(), accountId);
  const { hits, secondsLeft } = await countHit(
    shared(),
    limitKey('platform recovery', account.id),
    mailsPerAccount.seconds,
  );
  if (hits > mailsPerAccount.most) throw new TooManyRequests('Enough links were mailed to this person.', secondsLeft);
  const [id, reference] = [newId(), newReference()];
  const { requestId, address, device = '' } = originOf(operator);
  await sharedTransaction(async (db) => {
    await insertRecovery(db, { id, reference, login: account.email, requestId, address, device });
    await enqueueJob(db, 'accounts.recover', { recoveryId: id });
    const details = { account: account.id, reference };
    await note(db, operator, account, { event: 'platform.account-recovery-mailed', details });
  });
  return reference;
}
