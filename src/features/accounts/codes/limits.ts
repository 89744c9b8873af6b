import type { Database } from '../../../database/database.js';
import { TooManyRequests } from '../../../errors.js';
import { countHit } from '../../../http/queries.js';
import { limitKey } from '../../../http/rate-limit.js';
import { plural } from '../../../http/wording.js';
import { networkOf } from '../sign-in/tries.js';

interface Rule {
  readonly name: string;
  readonly key: string;
  readonly max: number;
}

const hour = 3600;
/** ASVS 6.6.3. */
export const guessesAnHour = 10;
/** Codes that are mailed in an hour, by whom they are counted. */
export const codesAnHour = { device: 6, 'name and network': 5, network: 30, name: 12, everywhere: 1000 } as const;

/** Who asks for a code or tries one. */
export interface Asker {
  /** The account, or the name that was typed when there is none. */
  readonly subject: string;
  readonly address: string;
  /** The hash of the browser's cookie when the account has signed in from it before. */
  readonly knownDevice?: string;
}

/**
 * How many codes may be asked for. A browser that the account knows has a count of its own, so that strangers who fill
 * up the others keep its owner from nothing; those share a count by name and network, by network, and by name, which
 * also keeps a mailbox from being filled.
 */
export async function countMailedCode(db: Database, { subject, address, knownDevice }: Asker): Promise<void> {
  const network = networkOf(address);
  const rules: Rule[] = knownDevice
    ? [{ name: 'code device', key: `${subject} ${knownDevice}`, max: codesAnHour.device }]
    : [
        { name: 'code name and network', key: `${subject} ${network}`, max: codesAnHour['name and network'] },
        { name: 'code network', key: network, max: codesAnHour.network },
        { name: 'code name', key: subject, max: codesAnHour.name },
        { name: 'code everywhere', key: '', max: codesAnHour.everywhere },
      ];
  for (const rule of rules) await count(db, rule, 'Too many codes were asked for.');
}

/** ASVS 6.6.3: ten guesses an hour for an account, whatever the number of codes; ten more for each browser that it knows. */
export async function countGuess(db: Database, asker: Asker): Promise<void> {
  await count(db, guessRule(asker), 'There were too many wrong codes.');
}

export function guessKey(asker: Asker): string {
  const { name, key } = guessRule(asker);
  return limitKey(name, key);
}

function guessRule({ subject, knownDevice }: Asker): Rule {
  const key = knownDevice ? `${subject} ${knownDevice}` : subject;
  return { name: 'code guess', key, max: guessesAnHour };
}

async function count(db: Database, { name, key, max }: Rule, what: string): Promise<void> {
  const { hits, secondsLeft } = await countHit(db, limitKey(name, key), hour);
  if (hits <= max) return;
  const wait = plural(Math.ceil(secondsLeft / 60), 'minute');
  throw new TooManyRequests(`${what} Try again in ${wait}, or use another way.`, secondsLeft);
}
