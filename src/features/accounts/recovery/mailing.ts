import { config } from '../../../config.js';
import type { Database } from '../../../database/database.js';
import { shared, sharedTransaction } from '../../../database/shared.js';
import { countHit } from '../../../http/queries.js';
import { limitKey } from '../../../http/rate-limit.js';
import { sendMail } from '../../../mail/outbox.js';
import { newToken } from '../../../vault/tokens.js';
import type { Account } from '../account.js';
import { announce } from '../announce.js';
import { findAccount } from '../queries.js';
import { findUnsentRecovery, startLink } from './queries.js';
import { type AskedRecovery, linkMinutes, mailsPerAccount } from './recovery.js';

/** The job: mails the link, unless the account got several within the hour. May be repeated. */
export async function mailLink(recoveryId: string): Promise<void> {
  const asked = await findUnsentRecovery(shared(), recoveryId);
  const account = asked && (await findAccount(shared(), asked.accountId));
  if (!account) return;
  const { reference, requestId, address, device } = asked;
  const origin = { requestId, address, device };
  const { hits } = await countHit(shared(), limitKey('recovery mail', account.id), mailsPerAccount.seconds);
  const event = { event: 'account.recovery-asked', details: { reference } };
  if (hits > mailsPerAccount.most) return announce(account, origin, { ...event, outcome: 'refused' });
  await announce(account, origin, event);
  await sharedTransaction((db) => startAndMail(db, account, asked));
}

async function startAndMail(db: Database, account: Account, asked: AskedRecovery): Promise<void> {
  const { token, hash } = newToken();
  if ((await startLink(db, asked.id, hash)) === 0) return;
  const { reference, createdAt: when, device, address } = asked;
  const link = `${config().origin}/recover/${token}`;
  const locals = { name: account.username, reference, when, device, address, link, minutes: linkMinutes };
  await sendMail(db, { to: account.email, template: 'recovery', locals });
}
