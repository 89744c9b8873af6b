import { newId } from '../../../database/id.js';
import { shared, sharedTransaction } from '../../../database/shared.js';
import { Invalid, NotFound, TooManyRequests } from '../../../errors.js';
import { countHit } from '../../../http/queries.js';
import { limitKey } from '../../../http/rate-limit.js';
import { endSessionsWithin } from '../../../http/session.js';
import { endHere } from '../../../http/session-rows.js';
import { plural } from '../../../http/wording.js';
import { enqueueJob } from '../../../jobs/job.js';
import { hashToken } from '../../../vault/tokens.js';
import type { Account, Origin } from '../account.js';
import { announce } from '../announce.js';
import { hashPassword } from '../password.js';
import { updatePassword } from '../password-change/queries.js';
import { endPending } from '../pending/queries.js';
import { pepper } from '../pepper.js';
import { findAccount, insertPlatformEvent, lockAccount } from '../queries.js';
import { isKnownDevice } from '../sign-in/queries.js';
import { networkOf } from '../sign-in/tries.js';
import { tellOwner } from '../tell-owner.js';
import { findLink, giveBackLink, hasEnded, insertRecovery, takeLink } from './queries.js';
import { newPasswordProblem, newReference, type Recovery } from './recovery.js';

const hourSeconds = 3600;
/** How often a way back in may be asked for in an hour. */
export const askingsAnHour = { network: 20, device: 10 } as const;

interface Asking {
  readonly login: string;
  /** The hash of the browser's cookie. */
  readonly device: Buffer | undefined;
}

/**
 * Takes down that somebody wants a way back in, and answers the reference of it. Known and unknown names go through the
 * same statements; a job does what differs. Throws TooManyRequests by the network, or by the browser when the account
 * has used it before: strangers on the same network cannot use up what its owner has.
 */
export async function askRecovery({ login, device }: Asking, origin: Origin): Promise<string> {
  const known = device !== undefined && (await isKnownDevice(shared(), login, device));
  await countAsking(
    known
      ? { key: `${login} ${device.toString('hex')}`, most: askingsAnHour.device }
      : { key: networkOf(origin.address), most: askingsAnHour.network },
  );
  const [id, reference] = [newId(), newReference()];
  const { requestId, address, device: named = 'A browser' } = origin;
  await sharedTransaction(async (db) => {
    const accountId = await insertRecovery(db, { id, reference, login, requestId, address, device: named });
    const event = { event: 'account.recovery-asked', outcome: 'done', accountId, requestId, address };
    await insertPlatformEvent(db, { id: newId(), ...event });
    await enqueueJob(db, 'accounts.recover', { recoveryId: id });
  });
  return reference;
}

async function countAsking({ key, most }: { key: string; most: number }): Promise<void> {
  const { hits, secondsLeft } = await countHit(shared(), limitKey('recover', key), hourSeconds);
  if (hits <= most) return;
  const wait = plural(Math.ceil(secondsLeft / 60), 'minute');
  throw new TooManyRequests(
    `This was asked too often from here. Try again in ${wait}; links that were mailed still work.`,
    secondsLeft,
  );
}

/** What a link opens; undefined when it was used, replaced by a change, or is older than an hour. */
export async function openLink(token: string): Promise<{ recovery: Recovery; account: Account } | undefined> {
  const recovery = await findLink(shared(), hashToken(token));
  const account = recovery && (await findAccount(shared(), recovery.accountId));
  return account ? { recovery, account } : undefined;
}

class LinkUsed extends NotFound {}

/**
 * Sets a new password by a mailed link, once, and ends all else that could open the account: its sessions, and what was
 * on its way to it. Answers whose it is; undefined when the link does not work any more. Throws Invalid at `password`,
 * and then the link stays alive.
 */
export async function recover(token: string, password: string, origin: Origin): Promise<Account | undefined> {
  const opened = await openLink(token);
  if (!opened) return undefined;
  const { recovery, account } = opened;
  const problem = newPasswordProblem(password, account);
  if (problem) throw new Invalid(problem, { password: problem });
  const passwordHash = await hashPassword(password, pepper());
  if ((await takeLink(shared(), recovery.id)) === 0) return undefined;
  try {
    await announce(account, origin, { event: 'account.recovered', details: { reference: recovery.reference } });
    await replacePassword(opened, passwordHash, origin);
    // As it is now: its sessions begin anew.
    return await findAccount(shared(), account.id);
  } catch (error) {
    if (error instanceof LinkUsed) return undefined;
    await giveBackLink(shared(), recovery.id);
    throw error;
  }
}

async function replacePassword(
  { recovery, account }: { recovery: Recovery; account: Account },
  passwordHash: string,
  origin: Origin,
): Promise<void> {
  const ended = await sharedTransaction(async (db) => {
    await lockAccount(db, account.id);
    if (await hasEnded(db, recovery.id)) throw new LinkUsed('This link was used.');
    await updatePassword(db, account.id, { passwordHash });
    await endPending(db, account.id);
    const sessions = await endSessionsWithin(db, account.id);
    const what = 'A new password was set by a mailed link';
    const detail = `All sessions were ended, and other links and codes no longer work. Reference ${recovery.reference}.`;
    await tellOwner(db, account, origin, { what, detail });
    return sessions;
  });
  for (const key of ended) endHere(key);
}
