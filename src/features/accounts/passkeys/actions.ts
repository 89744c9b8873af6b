import { newId } from '../../../database/id.js';
import { shared, sharedTransaction } from '../../../database/shared.js';
import { Conflict, NotFound } from '../../../errors.js';
import type { Account, Origin } from '../account.js';
import { announce } from '../announce.js';
import { forgetTrustedBrowsers } from '../second-step/queries.js';
import { afterFactorRemoved } from '../second-step/shortest.js';
import { tellOwner } from '../tell-owner.js';
import { waysIn } from '../ways-in.js';
import { mostPasskeys, type Passkey } from './passkey.js';
import { deletePasskey, findPasskey, insertPasskey, listPasskeys, renamePasskey } from './queries.js';
import type { NewPasskey } from './registering.js';

export const lastWayIn =
  'This passkey is the only way into your account. Choose a password or add another way first, then remove it.';

/** Throws NotFound for one of somebody else. */
export async function getPasskey(account: Account, id: string): Promise<Passkey> {
  const passkey = await findPasskey(shared(), account.id, id);
  if (!passkey) throw new NotFound('This passkey has been removed already.');
  return passkey;
}

/** Throws Conflict when there are enough, or when an account has this one already. */
export async function addPasskey(account: Account, origin: Origin, made: NewPasskey & { name: string }): Promise<void> {
  const known = await listPasskeys(shared(), account.id);
  if (known.length >= mostPasskeys)
    throw new Conflict(`Remove a passkey first: an account has ${mostPasskeys} at most.`);
  await announce(account, origin, {
    event: 'account.passkey-added',
    details: { signsIn: made.signsIn, backedUp: made.backedUp },
  });
  await sharedTransaction(async (db) => {
    await insertPasskey(db, { ...made, id: newId(), accountId: account.id });
    await forgetTrustedBrowsers(db, account.id);
    await tellOwner(db, account, origin, {
      what: 'A passkey was added to your account',
      detail: made.signsIn
        ? 'Whoever has it can sign in with it alone.'
        : 'It counts as a second step after your password or another way in.',
    });
  });
}

export async function nameAgain(account: Account, origin: Origin, id: string, name: string): Promise<void> {
  await getPasskey(account, id);
  await announce(account, origin, { event: 'account.passkey-renamed' });
  await renamePasskey(shared(), account.id, id, name);
}

/** Whether taking this passkey away would shut its owner out. */
export async function isLastWayIn(account: Account, passkey: Passkey): Promise<boolean> {
  return passkey.signsIn && (await waysIn(shared(), account.id)).total <= 1;
}

/** Throws Conflict for the last way in, also when another one is being removed at the same moment. */
export async function removePasskey(account: Account, origin: Origin, id: string): Promise<void> {
  const passkey = await getPasskey(account, id);
  if (await isLastWayIn(account, passkey)) throw new Conflict(lastWayIn);
  await announce(account, origin, { event: 'account.passkey-removed' });
  await sharedTransaction(async (db) => {
    const { total } = await waysIn(db, account.id);
    const there = await findPasskey(db, account.id, id);
    if (there?.signsIn && total <= 1) throw new Conflict(lastWayIn);
    if ((await deletePasskey(db, account.id, id)) === 0) return;
    await afterFactorRemoved(db, account.id);
    await tellOwner(db, account, origin, {
      what: 'A passkey was removed from your account',
      detail: 'It does not sign in any more. What your device or password manager keeps of it can be deleted there.',
    });
  });
}
