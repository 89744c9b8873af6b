import { createHash } from 'node:crypto';
import type { ImapFlow } from 'imapflow';
import { config } from '../../../config.js';
import { shared, sharedTransaction } from '../../../database/shared.js';
import { Invalid, UpstreamFailed } from '../../../errors.js';
import { inTime } from '../../../http/in-time.js';
import { bytes } from '../../../http/wording.js';
import { tellOperator } from '../actions.js';
import { limits } from './message.js';
import { findPlace, passMail } from './queries.js';
import { receiveMail } from './receive.js';

/** Some ten minutes with the waiting in between: a busy machine is no reason to pass a mail by. */
const mostTries = 8;

export interface Reading {
  readonly client: ImapFlow;
  readonly tag: Buffer;
  readonly uidValidity: bigint;
  /** How often a mail could not be read, by its UID. */
  readonly tries: Map<number, number>;
  readonly mailMs: number;
}

/** The mails that were not taken in yet, in order: at first those that nobody has seen, then all behind the last one. */
export async function takeNewMails(reading: Reading): Promise<void> {
  const { client, tag, uidValidity, mailMs } = reading;
  const place = await findPlace(shared(), tag);
  const after = place?.uidValidity === uidValidity ? place.lastUid : 0;
  const wanted = after > 0 ? { uid: `${after + 1}:*` } : { seen: false };
  const found = (await client.search(wanted, { uid: true })) || [];
  // `n:*` names the last mail even when n lies behind it.
  const uids = found.filter((uid) => uid > after).sort((one, other) => one - other);
  for (const uid of uids) await inTime(takeMail(reading, uid), mailMs);
}

/**
 * Takes one in and marks it as seen; it is never removed. That it was taken commits with what it became: after a crash
 * it is either behind us or still before us.
 */
async function takeMail(reading: Reading, uid: number): Promise<void> {
  const { client, tries } = reading;
  const known = await client.fetchOne(String(uid), { uid: true, size: true }, { uid: true });
  if (!known) return;
  // What the server says of the size comes first; more than that is not read, whatever it sends.
  if ((known.size ?? 0) > limits.mailBytes) return passBy(reading, uid, 'is larger than', bytes(limits.mailBytes));
  const most = limits.mailBytes + 1;
  const fetched = await client.fetchOne(String(uid), { source: { start: 0, maxLength: most } }, { uid: true });
  const message = fetched ? fetched.source : undefined;
  if (!message) throw new UpstreamFailed('The mailbox did not send a mail.');
  if (message.length > limits.mailBytes) return passBy(reading, uid, 'is larger than', bytes(limits.mailBytes));
  try {
    await receive(reading, uid, message);
  } catch (error) {
    const failed = (tries.get(uid) ?? 0) + 1;
    tries.set(uid, failed);
    const isHopeless = error instanceof Invalid || (error instanceof UpstreamFailed && failed >= mostTries);
    if (!isHopeless) throw error;
    return passBy(reading, uid, 'cannot be read:', error.message);
  }
  tries.delete(uid);
  await client.messageFlagsAdd(String(uid), ['\\Seen'], { uid: true });
}

async function receive({ tag, uidValidity }: Reading, uid: number, message: Buffer): Promise<void> {
  const { origin, DISCLOSURE_NAME_SERVER: nameServer } = config();
  const host = new URL(origin).hostname;
  await receiveMail({
    message,
    // Who handed it in is known to the mailbox's own server alone, so SPF is not judged.
    envelope: { ip: '', helo: '', host, ...(nameServer ? { nameServer } : {}) },
    name: `sha256:${createHash('sha256').update(message).digest('hex')}`,
    once: async (db) => (await passMail(db, tag, { uidValidity, lastUid: uid })) > 0,
  });
}

/** It stays as it is, unseen, for the operator to look at. */
async function passBy({ tag, uidValidity }: Reading, uid: number, ...why: readonly string[]): Promise<void> {
  await sharedTransaction(async (db) => {
    if ((await passMail(db, tag, { uidValidity, lastUid: uid })) === 0) return;
    await tellOperator(db, `A mail in the security mailbox ${why.join(' ')}`.replace(/\.$/, ''));
  });
}
