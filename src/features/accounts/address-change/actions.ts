import { config } from '../../../config.js';
import type { Database } from '../../../database/database.js';
import { brokenConstraint } from '../../../database/failure.js';
import { newId } from '../../../database/id.js';
import { publish, shared, sharedTransaction, tellHere } from '../../../database/shared.js';
import { Conflict, Invalid, NotFound, TooManyRequests } from '../../../errors.js';
import { countHit } from '../../../http/queries.js';
import { limitKey } from '../../../http/rate-limit.js';
import { plural } from '../../../http/wording.js';
import { sendMail } from '../../../mail/outbox.js';
import { hashToken, newToken } from '../../../vault/tokens.js';
import type { Account, Origin } from '../account.js';
import { announce } from '../announce.js';
import { endLinks } from '../pending/queries.js';
import { findAccountByEmail, lockAccount } from '../queries.js';
import { tellOwner } from '../tell-owner.js';
import { type AddressChange, linkMinutes } from './address-change.js';
import { findChange, findChangeOf, giveBackChange, putChange, takeChange, updateEmail } from './queries.js';

const hourSeconds = 3600;
const mailsPerAddress = 6;

/**
 * Mails a link to the new address and tells the old one at once. An address that has an account goes the same way: its
 * owner gets another mail, the change waits for a link that nobody was sent, and the asker learns nothing.
 */
export async function askChange(account: Account, origin: Origin, email: string): Promise<void> {
  if (email === account.email)
    throw new Invalid('This is your address already.', { email: 'This is your address already.' });
  await countMail(email);
  await announce(account, origin, { event: 'account.address-change-asked' });
  const { token, hash } = newToken();
  await sharedTransaction(async (db) => {
    await lockAccount(db, account.id);
    await putChange(db, { id: newId(), accountId: account.id, email, tokenHash: hash });
    await mailNewAddress(db, { account, origin, email, token });
    await tellOwner(db, account, origin, {
      what: 'A new email address was entered for your account',
      detail: `Nothing has changed yet. It counts once it is confirmed, within ${linkMinutes} minutes. In your profile you can cancel it.`,
    });
  });
}

interface Letter {
  readonly account: Account;
  readonly origin: Origin;
  readonly email: string;
  readonly token: string;
}

async function mailNewAddress(db: Database, { account, origin, email, token }: Letter): Promise<void> {
  if (await findAccountByEmail(db, email)) {
    return sendMail(db, { to: email, template: 'address-in-use', locals: { link: `${config().origin}/sign-in` } });
  }
  const { device = 'A browser', address } = origin;
  const link = `${config().origin}/profile/new-email/${token}`;
  const locals = { name: account.username, device, address, link, minutes: linkMinutes };
  return sendMail(db, { to: email, template: 'new-address', locals });
}

/** Nobody's mailbox can be filled by strangers who enter its address. */
async function countMail(email: string): Promise<void> {
  const { hits, secondsLeft } = await countHit(shared(), limitKey('new address mail', email), hourSeconds);
  if (hits <= mailsPerAddress) return;
  const wait = plural(Math.ceil(secondsLeft / 60), 'minute');
  throw new TooManyRequests(`Too many mails were sent to this address. Try again in ${wait}.`, secondsLeft);
}

/** The change behind a link, for the account that asked for it and no other. Throws NotFound. */
export async function openChange(account: Account, token: string): Promise<AddressChange> {
  const change = await findChange(shared(), account.id, hashToken(token));
  if (!change) throw gone();
  return change;
}

/**
 * Gives the account its new address, once however often it is asked. Links and codes that went to the old address are
 * dead. Tells both. Throws NotFound, and Conflict when the address has got an account of its own meanwhile.
 */
export async function confirmChange(account: Account, origin: Origin, token: string): Promise<void> {
  const change = await openChange(account, token);
  if ((await takeChange(shared(), change.id)) === 0) throw gone();
  try {
    await announce(account, origin, { event: 'account.address-changed' });
    await sharedTransaction((db) => changeWithin(db, { account, origin, email: change.email }));
  } catch (error) {
    if (brokenConstraint(error) === 'accounts_email_key') {
      await announce(account, origin, {
        event: 'account.address-changed',
        outcome: 'failed',
        details: { reason: 'taken' },
      });
      throw new Conflict('This address has got an account of its own meanwhile. Your account keeps its address.');
    }
    await giveBackChange(shared(), change);
    throw error;
  }
  tellHere('account', account.id);
}

async function changeWithin(db: Database, { account, origin, email }: Omit<Letter, 'token'>): Promise<void> {
  await lockAccount(db, account.id);
  await updateEmail(db, account.id, email);
  await endLinks(db, account.id);
  await publish(db, 'account', account.id);
  const what = 'Your email address was changed';
  const lost =
    'This address opens the account no more. If that was not you, tell whoever runs this installation at once.';
  await tellOwner(db, account, origin, { what, detail: lost });
  await tellOwner(db, account, origin, { what, detail: 'From now on you sign in with this address.', to: email });
}

/** Answers whether there was something to cancel. */
export async function cancelChange(account: Account, origin: Origin): Promise<boolean> {
  const change = await findChangeOf(shared(), account.id);
  if (!change) return false;
  await announce(account, origin, { event: 'account.address-change-cancelled' });
  return (await takeChange(shared(), change.id)) > 0;
}

function gone(): NotFound {
  return new NotFound('This link does not work any more, or not for the account that you are signed in to.');
}
