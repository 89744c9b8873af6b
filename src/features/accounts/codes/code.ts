import { createHmac, randomInt } from 'node:crypto';
import { z } from 'zod';
import { deploymentKey } from '../../../vault/deployment.js';

/** AC-3: how long a code can be used, by the database's clock, and how often it may be guessed at. */
export const codeMinutes = 10;
export const triesPerCode = 5;

export type CodePurpose = 'sign-in' | 'second-step' | 'proof';

/** As people copy them out of a mail: with spaces, too. */
export const TypedCode = z
  .string()
  .transform((text) => text.replace(/[\s-]/g, ''))
  .pipe(z.string().regex(/^\d{6}$/));

/** Six digits, every one of the million as likely as the others (ASVS 6.5.3, 6.5.4). */
export function newCode(): string {
  return String(randomInt(1_000_000)).padStart(6, '0');
}

/** What is stored. Keyed: a million digests are quickly tried by whoever reads the table. */
export function codeHash(id: string, code: string): Buffer {
  return createHmac('sha256', deploymentKey('one-time-codes')).update(`${id}|${code}`).digest();
}
