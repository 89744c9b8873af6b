import type { Request, Response } from 'express';
import { shared, sharedTransaction } from '../../../database/shared.js';
import { countHit } from '../../../http/queries.js';
import { limitKey } from '../../../http/rate-limit.js';
import { signInPolicyOf } from '../../../tenancy/directory.js';
import type { Account, Origin } from '../account.js';
import { announce } from '../announce.js';
import { type Outcome, orTooOften } from '../proof/prove.js';
import type { Proving, Way } from '../proof/way.js';
import { admit } from '../sign-in/admit.js';
import { deviceOf } from '../sign-in/device.js';
import { isDeviceOf } from '../sign-in/queries.js';
import { type Attempt, charge, refund, takeBack } from '../sign-in/tries.js';
import { tellOwner } from '../tell-owner.js';
import { type Challenge, type ChallengePlace, chargeChallenge, passChallenge, trustBrowser } from './queries.js';

export type Judged = Outcome | { readonly kind: 'ended' };

const daySeconds = 24 * 3600;

/**
 * Judges one try at the second step. It is counted by the challenge, which has five, and like a sign-in by browser,
 * network and account, so that a stranger who knows the password cannot lock its owner out of a browser of theirs.
 */
export async function judgeStep(way: Way, proving: Proving, place: ChallengePlace): Promise<Judged> {
  const { account, origin } = proving;
  const attempt = await attemptOf(proving);
  return orTooOften<Judged>(async () => {
    await charge(attempt);
    const left = await chargeChallenge(shared(), place);
    if (!left) {
      await takeBack(attempt);
      return { kind: 'ended' };
    }
    const wrong = await way.check(proving).catch(async (error: unknown) => {
      await takeBack(attempt);
      throw error;
    });
    if (!wrong) {
      await refund(attempt);
      return { kind: 'right' };
    }
    await noteWrong(account, origin, { way, triesLeft: left.triesLeft });
    return { kind: 'wrong', errors: { [wrong.field]: wrong.problem } };
  });
}

async function attemptOf({ account, request, origin }: Proving): Promise<Attempt> {
  const device = deviceOf(request);
  const known = device !== undefined && (await isDeviceOf(shared(), account.id, device));
  const login = `second step ${account.id}`;
  return { login, address: origin.address, knownDevice: known ? device.toString('hex') : undefined };
}

/** Whoever gets here knows the first factor: its owner should hear of five wrong codes, once a day at most. */
async function noteWrong(account: Account, origin: Origin, { way, triesLeft }: { way: Way; triesLeft: number }) {
  const details = { method: way.name };
  await announce(account, origin, { event: 'account.second-step-refused', outcome: 'refused', details });
  if (triesLeft > 0) return;
  await sharedTransaction(async (db) => {
    const { hits } = await countHit(db, limitKey('second step mail', account.id), daySeconds);
    if (hits > 1) return;
    await tellOwner(db, account, origin, {
      what: 'Somebody passed the first step of a sign-in to your account',
      detail:
        'They then failed the second one five times. If that was not you, they may know your password: change it.',
    });
  });
}

interface Passed {
  readonly account: Account;
  readonly challenge: Challenge;
  readonly place: ChallengePlace;
  readonly way: Way;
  /** Whether the person wants this browser to leave out the second step for a while. */
  readonly remember: boolean;
}

/** Gives the session, once for a challenge. False when somebody was faster, or the ten minutes are over. */
export async function passStep(request: Request, response: Response, passed: Passed): Promise<boolean> {
  const { account, challenge, place, way, remember } = passed;
  if (!(await passChallenge(shared(), place.tokenHash))) return false;
  const begun = { ...account, sessionEpoch: challenge.sessionEpoch };
  const device = await admit(request, response, begun, [challenge.method, way.name]);
  const { rememberBrowsers } = await signInPolicyOf(account.id);
  // A recovery code says that the factor is lost, and a mailed code that there is none.
  const lasting = way.name === 'authenticator' || way.name === 'passkey';
  if (remember && rememberBrowsers && lasting) await trustBrowser(shared(), account.id, device);
  return true;
}
