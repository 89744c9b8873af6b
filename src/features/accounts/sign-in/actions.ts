import { newId } from '../../../database/id.js';
import { shared, sharedTransaction } from '../../../database/shared.js';
import { enqueueJob } from '../../../jobs/job.js';
import type { Account, Origin } from '../account.js';
import { verifyPassword } from '../password.js';
import { pepper } from '../pepper.js';
import { findAccountByLogin, insertPlatformEvent } from '../queries.js';
import { isKnownDevice } from './queries.js';
import { charge, refund, takeBack } from './tries.js';

interface Credentials {
  readonly login: string;
  readonly password: string;
  readonly device?: Buffer;
}

/**
 * The account whose username or address and password these are; undefined when they do not fit. Known, unknown and
 * wrong cost the same: one bcrypt, the same statements. Throws TooManyRequests when tries came too often.
 */
export async function checkCredentials(credentials: Credentials, origin: Origin): Promise<Account | undefined> {
  const { login, password, device } = credentials;
  const known = device !== undefined && (await isKnownDevice(shared(), login, device));
  const attempt = { login, address: origin.address, knownDevice: known ? device.toString('hex') : undefined };
  await charge(attempt);
  const found = await findAccountByLogin(shared(), login);
  const right = await verifyPassword(password, found?.passwordHash ?? undefined, pepper()).catch(
    async (error: unknown) => {
      await takeBack(attempt);
      throw error;
    },
  );
  if (!found || !right) {
    await noteRefusal(found?.id ?? null, origin);
    return undefined;
  }
  await refund(attempt);
  const { passwordHash: _, ...account } = found;
  return account;
}

/**
 * What was typed is not kept: people type passwords into the wrong field. A job carries the refusal into the audit of
 * the account's workspaces, so that the answer to a known name takes no longer than to an unknown one.
 */
export async function noteRefusal(accountId: string | null, origin: Origin): Promise<void> {
  const id = newId();
  await sharedTransaction(async (db) => {
    const { requestId, address } = origin;
    await insertPlatformEvent(db, {
      id,
      event: 'account.sign-in-refused',
      outcome: 'refused',
      accountId,
      requestId,
      address,
    });
    await enqueueJob(db, 'accounts.sign-in-refused', { eventId: id });
  });
}
