import { ipKeyGenerator } from 'express-rate-limit';
import type { Database } from '../../../database/database.js';
import { sharedTransaction } from '../../../database/shared.js';
import { TooManyRequests } from '../../../errors.js';
import { countHit, uncountHit } from '../../../http/queries.js';
import { limitKey } from '../../../http/rate-limit.js';
import { plural } from '../../../http/wording.js';
import { countTry, forgetTries, takeBackTry } from './queries.js';

/** Failures that are counted together. After `free` of them each further one doubles the wait, from 1 s to `mostSeconds`. */
export interface Tries {
  readonly key: string;
  readonly free: number;
  readonly mostSeconds: number;
  /** After this long without a try the count starts anew. */
  readonly forgetSeconds: number;
}

export interface Attempt {
  readonly login: string;
  readonly address: string;
  /** The hash of the browser's cookie when this account has signed in from it before. */
  readonly knownDevice?: string;
}

const quarterHour = 900;
const hour = 3600;
const day = 24 * hour;
const everywhere = { key: limitKey('sign-in', 'everywhere'), max: 120, seconds: 60 };

/** What is counted by each kind. `free` tries cost no wait; the guide to sign-ins shows the same table. */
export const triesRules = {
  device: { free: 5, forgetSeconds: day },
  'login and network': { free: 5, forgetSeconds: day },
  network: { free: 30, forgetSeconds: hour },
  login: { free: 100, forgetSeconds: hour },
  proof: { free: 5, forgetSeconds: day },
} as const satisfies Record<string, Pick<Tries, 'free' | 'forgetSeconds'>>;
export const mostWaitSeconds = quarterHour;
export const everywhereRule = { max: everywhere.max, seconds: everywhere.seconds };

/** AC-13: so many refusals within that time, and the owner is told by mail. */
export const manyRefusals = { failures: 10, withinSeconds: hour };

/**
 * AC-13: what an attempt is counted by. A browser known to the account has a count of its own, so that nobody
 * elsewhere, and nobody beside it on the same network, can lock its owner out. All others share three: this login from
 * this network, this network, and this login from all networks, which stops guessing spread over many machines.
 * By the login as typed, not by account: an account that does not exist is treated as one that does.
 */
export function triesOf({ login, address, knownDevice }: Attempt): Tries[] {
  if (knownDevice) return [tries('device', `${login} ${knownDevice}`)];
  const network = networkOf(address);
  return [tries('login and network', `${login} ${network}`), tries('network', network), tries('login', login)];
}

export function proofTries(accountId: string): Tries {
  return tries('proof', accountId);
}

function tries(kind: keyof typeof triesRules, key: string): Tries {
  return { key: limitKey(`sign-in ${kind}`, key), mostSeconds: mostWaitSeconds, ...triesRules[kind] };
}

/** An IPv6 customer has a /64 at least, so that is one network. */
export function networkOf(address: string): string {
  return ipKeyGenerator(address, 64);
}

/**
 * Counts an attempt as failed before the password is looked at, so that parallel ones cannot slip through together.
 * Throws TooManyRequests, and counts nothing, while any of its counts is waiting.
 */
export async function charge(attempt: Attempt): Promise<void> {
  await sharedTransaction(async (db) => {
    await chargeTries(db, triesOf(attempt));
    if (!attempt.knownDevice) await chargeEverywhere(db);
  });
}

/** In the caller's transaction, which rolls all counts back when one refuses. Always in the same order: no deadlock. */
export async function chargeTries(db: Database, counted: readonly Tries[]): Promise<void> {
  for (const each of counted) {
    const wait = await countTry(db, each);
    if (wait > 0) throw tooOften(wait);
  }
}

async function chargeEverywhere(db: Database): Promise<void> {
  const { hits, secondsLeft } = await countHit(db, everywhere.key, everywhere.seconds);
  if (hits > everywhere.max) throw tooOften(secondsLeft);
}

/** After a right password: this login's count from here ends, the shared ones lose the one that was charged. */
export async function refund(attempt: Attempt): Promise<void> {
  const [own, ...others] = triesOf(attempt);
  await sharedTransaction(async (db) => {
    if (own) await forgetTries(db, own.key);
    for (const each of others) await takeBackTry(db, each.key);
    if (!attempt.knownDevice) await uncountHit(db, everywhere.key);
  });
}

/** An attempt that was never judged, because too many were waiting for a hash. */
export async function takeBack(attempt: Attempt): Promise<void> {
  await sharedTransaction(async (db) => {
    for (const each of triesOf(attempt)) await takeBackTry(db, each.key);
    if (!attempt.knownDevice) await uncountHit(db, everywhere.key);
  });
}

function tooOften(wait: number): TooManyRequests {
  const seconds = Math.ceil(wait);
  return new TooManyRequests(`There were too many tries. Wait ${plural(seconds, 'second')} and try again.`, seconds);
}
