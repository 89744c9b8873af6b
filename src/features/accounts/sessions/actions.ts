import type { Request } from 'express';
import { shared, sharedTransaction } from '../../../database/shared.js';
import { NotFound } from '../../../errors.js';
import { endSessions } from '../../../http/session.js';
import { endHere, idleSeconds, publishEnd } from '../../../http/session-rows.js';
import type { Account, Origin } from '../account.js';
import { announce } from '../announce.js';
import { deleteSessionOf, listSessions } from './queries.js';

/** Ends one session, here and on every replica, from its next request on. Throws NotFound for one of somebody else. */
export async function endSession(account: Account, origin: Origin, key: string): Promise<void> {
  const sessions = await listSessions(shared(), account.id, idleSeconds);
  if (!sessions.some((session) => session.key === key)) throw new NotFound('This session has ended already.');
  await announce(account, origin, { event: 'account.sessions-ended', details: { sessions: 1 } });
  await sharedTransaction(async (db) => {
    await deleteSessionOf(db, account.id, key);
    await publishEnd(db, key);
  });
  endHere(key);
}

/** Ends all sessions of the account but that of the request `keep`. Answers how many. */
export async function endAllSessions(account: Account, origin: Origin, keep?: Request): Promise<number> {
  await announce(account, origin, { event: 'account.sessions-ended', details: { others: keep !== undefined } });
  return endSessions(account.id, { keep });
}
