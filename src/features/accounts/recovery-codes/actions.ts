import { shared, sharedTransaction } from '../../../database/shared.js';
import type { Account, Origin } from '../account.js';
import { announce } from '../announce.js';
import { hashPassword, verifyPassword } from '../password.js';
import { pepper } from '../pepper.js';
import { lockAccount } from '../queries.js';
import { forgetTrustedBrowsers } from '../second-step/queries.js';
import { tellOwner } from '../tell-owner.js';
import {
  countRecoveryCodes,
  deleteRecoveryCodes,
  findRecoveryHash,
  insertRecoveryCode,
  markRecoveryCodeUsed,
} from './queries.js';
import { newCodes, readCode, written } from './recovery-code.js';

/** Replaces the account's codes. Answers the new ones, to be shown once. Ten slow hashes: about three seconds. */
export async function makeRecoveryCodes(account: Account, origin: Origin): Promise<string[]> {
  const codes = newCodes();
  const rows: { label: string; codeHash: string }[] = [];
  // One after the other, so that the sign-ins that wait for the same thread come in between.
  for (const { label, secret } of codes) rows.push({ label, codeHash: await hashPassword(secret, pepper()) });
  await announce(account, origin, { event: 'account.recovery-codes-made' });
  await sharedTransaction(async (db) => {
    // Of two sets that are made at once the second replaces the first whole.
    await lockAccount(db, account.id);
    await deleteRecoveryCodes(db, account.id);
    for (const row of rows) await insertRecoveryCode(db, account.id, row);
    await forgetTrustedBrowsers(db, account.id);
    const detail = 'Older recovery codes do not work any more.';
    await tellOwner(db, account, origin, { what: 'New recovery codes were made for your account', detail });
  });
  return codes.map(written);
}

/** Uses one up. False when it is not one of the account's unused ones; exactly one slow hash either way. */
export async function useRecoveryCode(account: Account, origin: Origin, typed: string): Promise<boolean> {
  const code = readCode(typed);
  if (!code) return false;
  const known = await findRecoveryHash(shared(), account.id, code.label);
  if (!(await verifyPassword(code.secret, known, pepper()))) return false;
  await announce(account, origin, { event: 'account.recovery-code-used' });
  return sharedTransaction(async (db) => {
    if (!(await markRecoveryCodeUsed(db, account.id, code.label))) return false;
    const { left } = await countRecoveryCodes(db, account.id);
    const many = left === 1 ? 'One code is' : `${left} codes are`;
    const detail = `${many} left. Make new ones on your profile page before you run out.`;
    await tellOwner(db, account, origin, { what: 'A recovery code was used to sign in to your account', detail });
    return true;
  });
}
