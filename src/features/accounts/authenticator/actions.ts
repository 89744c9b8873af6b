import { shared, sharedTransaction } from '../../../database/shared.js';
import { Conflict } from '../../../errors.js';
import { openForDeployment, sealForDeployment } from '../../../vault/deployment.js';
import type { Account, Origin } from '../account.js';
import { announce } from '../announce.js';
import { lockAccount } from '../queries.js';
import { forgetTrustedBrowsers } from '../second-step/queries.js';
import { afterFactorRemoved } from '../second-step/shortest.js';
import { tellOwner } from '../tell-owner.js';
import { newSecret, stepOf } from './authenticator.js';
import {
  confirmAuthenticator,
  deleteAuthenticator,
  findAuthenticator,
  insertAuthenticator,
  useStep,
} from './queries.js';

const purpose = 'authenticator';

/** Makes a secret that counts for nothing until a code of it is shown. Throws Conflict when there is an app already. */
export async function beginAuthenticator(account: Account, origin: Origin): Promise<void> {
  await announce(account, origin, { event: 'account.authenticator-begun' });
  const begun = await insertAuthenticator(shared(), account.id, sealForDeployment(purpose, account.id, newSecret()));
  if (!begun) throw new Conflict('There is an authenticator app on this account. Remove it first.');
}

/** The secret of an app that was begun and waits for its first code. */
export async function begunSecret(accountId: string): Promise<string | undefined> {
  const known = await findAuthenticator(shared(), accountId);
  return known && !known.confirmedAt ? openForDeployment(purpose, accountId, known.sealedSecret) : undefined;
}

/** False when the code is not the app's, or the app was begun anew or confirmed meanwhile. */
export async function confirmCode(account: Account, origin: Origin, code: string): Promise<boolean> {
  const known = await findAuthenticator(shared(), account.id);
  if (!known || known.confirmedAt) return false;
  const { sealedSecret, now } = known;
  const step = await stepOf(openForDeployment(purpose, account.id, sealedSecret), code, now);
  if (step === undefined) return false;
  await announce(account, origin, { event: 'account.authenticator-added' });
  return sharedTransaction(async (db) => {
    if (!(await confirmAuthenticator(db, account.id, { sealedSecret, step }))) return false;
    await forgetTrustedBrowsers(db, account.id);
    const detail = 'From now on its codes are asked for after the first step of a sign-in.';
    await tellOwner(db, account, origin, { what: 'An authenticator app was added to your account', detail });
    return true;
  });
}

/** Whether the code is the app's at this moment, and was not used before. Of any number at once one is right. */
export async function useAuthenticator(accountId: string, code: string): Promise<boolean> {
  const known = await findAuthenticator(shared(), accountId);
  if (!known?.confirmedAt) return false;
  const step = await stepOf(openForDeployment(purpose, accountId, known.sealedSecret), code, known.now);
  return step !== undefined && (await useStep(shared(), accountId, step));
}

/** Throws Conflict when the password was chosen short because there is a second factor, and this is the last one. */
export async function removeAuthenticator(account: Account, origin: Origin): Promise<void> {
  await announce(account, origin, { event: 'account.authenticator-removed' });
  await sharedTransaction(async (db) => {
    await lockAccount(db, account.id);
    if (!(await deleteAuthenticator(db, account.id))) return;
    await afterFactorRemoved(db, account.id);
    const detail = 'Its codes are not asked for any more, and do not work.';
    await tellOwner(db, account, origin, { what: 'The authenticator app was removed from your account', detail });
  });
}
