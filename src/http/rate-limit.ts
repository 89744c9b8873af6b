import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, rateLimit, type Store } from 'express-rate-limit';
import type { Database } from '../database/database.js';
import { shared } from '../database/shared.js';
import { TooManyRequests } from '../errors.js';
import { log } from '../log.js';
import { addressOf } from './address.js';
import { countHit, forgetHits, uncountHit } from './queries.js';
import { localsOf } from './types.js';
import { plural } from './wording.js';

export interface Limit {
  /** What is limited, also the policy's name in the RateLimit headers: `sign-in`. */
  readonly name: string;
  readonly max: number;
  readonly seconds: number;
  /** A function answers the key, or undefined to count the address instead. */
  readonly by: 'address' | 'account' | ((request: Request) => string | undefined);
  readonly message?: string;
}

export interface KnownLimit extends Pick<Limit, 'name' | 'max' | 'seconds'> {
  readonly by: 'address' | 'account' | 'other';
}

const made = new Map<string, KnownLimit>();

/** Each limit that was put before a route, by its name: what the guides say of them. */
export function knownLimits(): KnownLimit[] {
  return [...made.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

const ipv6Prefix = 64;

/** CR-5: counts in the shared database, so replicas and restarts do not matter. Throws TooManyRequests. */
export function limit(settings: Limit): RequestHandler {
  const { name, max, seconds, by } = settings;
  made.set(name, { name, max, seconds, by: typeof by === 'string' ? by : 'other' });
  return rateLimit({
    windowMs: seconds * 1000,
    limit: max,
    identifier: name,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: (request, response) => keyFor(settings, request, response),
    store: countedIn(shared, name, seconds),
    logger: {
      error: (error) => log().error({ err: error }, 'rate limit'),
      warn: (error) => log().warn({ err: error }, 'rate limit'),
    },
    handler: (request, _response, next) => next(tooMany(request, settings)),
  });
}

function keyFor({ by }: Limit, request: Request, response: Response): string {
  const byAddress = () => `address ${ipKeyGenerator(addressOf(request), ipv6Prefix)}`;
  if (by === 'address') return byAddress();
  const key = by === 'account' ? localsOf(response).account?.id : by(request);
  return key ? `key ${key}` : byAddress();
}

function tooMany(request: Request, { seconds, message }: Limit): TooManyRequests {
  const { rateLimit: known } = request as Request & { rateLimit?: { resetTime?: Date } };
  const wait = known?.resetTime ? Math.ceil((known.resetTime.getTime() - Date.now()) / 1000) : seconds;
  return new TooManyRequests(message ?? `That was too often. Try again in ${span(wait)}.`, wait);
}

function span(seconds: number): string {
  const left = Math.max(1, seconds);
  return left < 120 ? plural(left, 'second') : plural(Math.ceil(left / 60), 'minute');
}

/** The row's key: names and addresses are not kept in the clear, and every key is of one length. */
export function limitKey(name: string, key: string): string {
  return `${name}:${createHash('sha256').update(key).digest('base64url')}`;
}

function countedIn(db: () => Database, name: string, seconds: number): Store {
  return {
    prefix: name,
    async increment(key) {
      const { hits, secondsLeft } = await countHit(db(), limitKey(name, key), seconds);
      // The database judges; only the distance is told in this machine's time.
      return { totalHits: hits, resetTime: new Date(Date.now() + secondsLeft * 1000) };
    },
    async decrement(key) {
      await uncountHit(db(), limitKey(name, key));
    },
    async resetKey(key) {
      await forgetHits(db(), limitKey(name, key));
    },
  };
}
