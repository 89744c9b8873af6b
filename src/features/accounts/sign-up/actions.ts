import { config } from '../../../config.js';
import type { Database } from '../../../database/database.js';
import { newId } from '../../../database/id.js';
import { shared, sharedTransaction } from '../../../database/shared.js';
import { TooManyRequests } from '../../../errors.js';
import { countHit } from '../../../http/queries.js';
import { limitKey } from '../../../http/rate-limit.js';
import { plural } from '../../../http/wording.js';
import { sendMail } from '../../../mail/outbox.js';
import { newToken } from '../../../vault/tokens.js';
import type { Account } from '../account.js';
import { hashPassword } from '../password.js';
import { pepper } from '../pepper.js';
import { findAccountByEmail } from '../queries.js';
import { networkOf } from '../sign-in/tries.js';
import { deleteSignupsBefore, findSignup, findSignupByEmail, insertSignup, renewSignup } from './queries.js';
import { linkMinutes, type SignUpDraft, type Signup } from './signup.js';

const hourSeconds = 3600;
export const signUpsPerNetwork = 10;
/** Nobody's mailbox can be filled by strangers who sign up with its address. */
export const mailsPerAddress = 6;

interface SignUp {
  readonly draft: SignUpDraft;
  readonly address: string;
  /** What this browser had begun before: a corrected address ends the mistyped one's link. */
  readonly previousId?: string;
}

/**
 * Keeps a sign-up until its address is confirmed, and mails the link. Answers its id.
 * An address that has an account goes the same way, through the same statements and the same one hash; its row waits
 * for a link that nobody was sent, and the owner of the address gets another mail.
 */
export async function beginSignUp({ draft, address, previousId }: SignUp): Promise<string> {
  const count = await countHit(shared(), limitKey('sign-up', networkOf(address)), hourSeconds);
  if (count.hits > signUpsPerNetwork) throw tooMany('Too many accounts were begun from here.', count.secondsLeft);
  const { password, ...names } = draft;
  const passwordHash = await hashPassword(password, pepper());
  const signup = { id: newId(), passwordHash, ...names };
  const { token, hash } = newToken();
  await sharedTransaction(async (db) => {
    await countMail(db, signup.email);
    await deleteSignupsBefore(db, signup.email, previousId);
    await insertSignup(db, { ...signup, tokenHash: hash });
    await sendLink(db, signup, token);
  });
  return signup.id;
}

/** Mails a new link for what is pending, found by this browser's sign-up or by an address. Does nothing when none is. */
export async function resendLink(pending: { id?: string; email?: string }): Promise<void> {
  const { token, hash } = newToken();
  await sharedTransaction(async (db) => {
    const known = pending.id ? await findSignup(db, pending.id) : undefined;
    const signup = known ?? (pending.email ? await findSignupByEmail(db, pending.email) : undefined);
    if (!signup) return;
    await countMail(db, signup.email);
    await renewSignup(db, signup.id, hash);
    await sendLink(db, signup, token);
  });
}

async function sendLink(db: Database, { email, username }: Signup, token: string): Promise<void> {
  const account: Account | undefined = await findAccountByEmail(db, email);
  if (account) {
    const locals = { name: account.name, link: `${config().origin}/sign-in` };
    await sendMail(db, { to: email, template: 'already-registered', locals });
    return;
  }
  const locals = { name: username, link: `${config().origin}/verify-email/${token}`, minutes: linkMinutes };
  await sendMail(db, { to: email, template: 'verify-email', locals });
}

// Also the lock that makes one address's sign-ups follow one another.
async function countMail(db: Database, email: string): Promise<void> {
  const { hits, secondsLeft } = await countHit(db, limitKey('sign-up mail', email), hourSeconds);
  if (hits > mailsPerAddress) throw tooMany('Too many mails were sent to this address.', secondsLeft);
}

function tooMany(what: string, seconds: number): TooManyRequests {
  return new TooManyRequests(`${what} Try again in ${plural(Math.ceil(seconds / 60), 'minute')}.`, seconds);
}
