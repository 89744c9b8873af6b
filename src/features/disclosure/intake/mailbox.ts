import { once } from 'node:events';
import { setTimeout as after } from 'node:timers/promises';
import { ImapFlow } from 'imapflow';
import { z } from 'zod';
import { config } from '../../../config.js';
import { log } from '../../../log.js';
import { tagOf } from '../report.js';
import { type MailboxAddress, mailboxAddress } from './mailbox-address.js';
import { type Reading, takeNewMails } from './mailbox-mail.js';

export interface Pace {
  /** How often the mailbox is looked into where its server does not tell of a new mail (IDLE). */
  readonly pollMs: number;
  /** Between a broken connection and the next one; doubled with each that fails, up to the longest. */
  readonly retryMs: number;
  readonly longestMs: number;
  /** For one mail, however slowly the server sends it. */
  readonly mailMs: number;
}

const calm: Pace = { pollMs: 60_000, retryMs: 5000, longestMs: 300_000, mailMs: 90_000 };

export interface MailboxWatch {
  close(): Promise<void>;
}

/** GV-5: reads reports from a mailbox (IMAP, RFC 9051) in the place of a listener. Off until DISCLOSURE_IMAP_URL is set. */
export function watchMailbox(pace: Pace = calm): MailboxWatch | undefined {
  const { DISCLOSURE_IMAP_URL } = config();
  if (!DISCLOSURE_IMAP_URL) return undefined;
  const address = mailboxAddress(DISCLOSURE_IMAP_URL);
  const ending = new AbortController();
  const watching = watch(address, pace, ending.signal);
  return {
    close: () => {
      ending.abort();
      return watching;
    },
  };
}

async function watch(address: MailboxAddress, pace: Pace, ended: AbortSignal): Promise<void> {
  const tries = new Map<number, number>();
  let wait = pace.retryMs;
  while (!ended.aborted) {
    try {
      await visit(address, { pace, ended, tries, well: () => (wait = pace.retryMs) });
    } catch (error) {
      if (!ended.aborted) log().warn(inShort(error), 'the security mailbox cannot be read now');
    }
    await after(wait, undefined, { signal: ended }).catch(() => {});
    wait = Math.min(wait * 2, pace.longestMs);
  }
}

interface Visit {
  readonly pace: Pace;
  readonly ended: AbortSignal;
  readonly tries: Reading['tries'];
  /** After each time that it was read to its end. */
  well(): void;
}

/** One connection, until it breaks or the process stops. */
async function visit({ options, folder, name }: MailboxAddress, { pace, ended, tries, well }: Visit): Promise<void> {
  const client = new ImapFlow(options);
  // Without a listener a broken connection would end the process; whoever waits for an answer is told anyway.
  client.on('error', () => {});
  const close = () => client.close();
  ended.addEventListener('abort', close, { once: true });
  try {
    await client.connect();
    const { uidValidity } = await client.mailboxOpen(folder);
    while (client.usable && !ended.aborted) {
      // Listened for before the mails are asked for, so that none that comes meanwhile is missed.
      const news = listen(client);
      await takeNewMails({ client, tag: tagOf('mailbox', name), uidValidity, tries, mailMs: pace.mailMs });
      well();
      await news.within(pace.pollMs);
    }
  } finally {
    ended.removeEventListener('abort', close);
    client.close();
  }
}

/** Until the server tells of a new mail, the connection ends, or it is time to look. */
function listen(client: ImapFlow): { within(milliseconds: number): Promise<void> } {
  const done = new AbortController();
  const { signal } = done;
  const heard = [once(client, 'exists', { signal }), once(client, 'close', { signal })].map((each) =>
    each.catch(() => {}),
  );
  return {
    async within(milliseconds) {
      await Promise.race([...heard, after(milliseconds, undefined, { signal })]);
      done.abort();
    },
  };
}

const Failure = z.object({ code: z.string().optional(), authenticationFailed: z.boolean().optional() });

/** Without the server's own words, which may hold anything. */
function inShort(error: unknown): object {
  return { name: error instanceof Error ? error.name : 'Error', ...Failure.safeParse(error).data };
}
