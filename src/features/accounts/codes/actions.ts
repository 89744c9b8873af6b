import { newId } from '../../../database/id.js';
import { shared, sharedTransaction } from '../../../database/shared.js';
import { uncountHit } from '../../../http/queries.js';
import { enqueueJob } from '../../../jobs/job.js';
import type { Origin } from '../account.js';
import { insertPlatformEvent } from '../queries.js';
import { isDeviceOf } from '../sign-in/queries.js';
import { codeHash } from './code.js';
import { type Asker, countGuess, countMailedCode, guessKey } from './limits.js';
import { type CodePlace, findCode, insertCode, tryCode } from './queries.js';

export interface CodeRequest extends CodePlace {
  /** Null for a name that nobody has: everything happens as if somebody had, but for the mail. */
  readonly accountId: string | null;
  /** What was typed, in lower case. */
  readonly login: string;
  readonly origin: Origin;
  /** This browser's device cookie, hashed. */
  readonly device: Buffer | undefined;
}

const nobody = '00000000-0000-0000-0000-000000000000';

/**
 * Asks for a code to be mailed. The same statements for a known name and an unknown one; code and mail are made by a
 * job. Throws TooManyRequests.
 */
export async function requestCode(request: CodeRequest): Promise<void> {
  const { accountId, browserHash, purpose, origin } = request;
  const subject = accountId ?? request.login;
  const knownDevice = await knownDeviceOf(accountId, request.device);
  const id = newId();
  await sharedTransaction(async (db) => {
    await countMailedCode(db, { subject, address: origin.address, knownDevice });
    const { device = 'A browser', address } = origin;
    const event = { event: 'account.code-asked', outcome: 'done', accountId, requestId: origin.requestId, address };
    await insertPlatformEvent(db, { id: newId(), ...event });
    await insertCode(db, { id, purpose, accountId, browserHash, subject, device, address });
    await enqueueJob(db, 'accounts.mail-code', { codeId: id });
  });
}

export type CodeOutcome =
  | { readonly kind: 'right'; readonly accountId: string }
  | { readonly kind: 'wrong'; readonly triesLeft: number; readonly accountId: string | null }
  /** Used, too old, guessed at too often, replaced, or asked for in another browser. */
  | { readonly kind: 'gone' };

/** One try. Throws TooManyRequests, and judges nothing, when the account was guessed at too often. */
export async function useCode(
  place: CodePlace,
  code: string,
  from: { readonly address: string; readonly device: Buffer | undefined },
): Promise<CodeOutcome> {
  const known = await findCode(shared(), place);
  if (!known) return { kind: 'gone' };
  const { id, accountId, subject } = known;
  const asker: Asker = { subject, address: from.address, knownDevice: await knownDeviceOf(accountId, from.device) };
  // Refused counts are rolled back: a wait ends an hour after the tenth guess, and not after the last knock.
  await sharedTransaction((db) => countGuess(db, asker));
  const tried = await tryCode(shared(), id, codeHash(id, code));
  if (!tried) return { kind: 'gone' };
  if (!tried.isRight || accountId === null) return { kind: 'wrong', triesLeft: tried.triesLeft, accountId };
  await uncountHit(shared(), guessKey(asker));
  return { kind: 'right', accountId };
}

async function knownDeviceOf(accountId: string | null, device: Buffer | undefined): Promise<string | undefined> {
  if (!device) return undefined;
  return (await isDeviceOf(shared(), accountId ?? nobody, device)) ? device.toString('hex') : undefined;
}
