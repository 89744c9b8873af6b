import { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { empty, sql } from '../../../database/sql.js';
import type { NamesDraft } from './names.js';

export async function updateNames(db: Database, accountId: string, { name, username }: NamesDraft): Promise<void> {
  await db.run(sql`update shared.accounts set name = ${name}, username = ${username} where id = ${accountId}`);
}

const EventShown = z.object({
  id: z.uuid(),
  at: z.date(),
  event: z.string(),
  outcome: z.enum(['done', 'refused', 'failed']),
  address: z.string().nullable(),
  device: z.string().nullable(),
  requestId: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
});
export type EventShown = z.infer<typeof EventShown>;

/** Newest first, those before one of the same account when its id is given. */
export async function listEventsOf(
  db: Database,
  accountId: string,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<EventShown[]> {
  const place = before
    ? sql`and (e.at, e.id) < (select p.at, p.id from shared.account_events p where p.id = ${before} and p.account_id = ${accountId})`
    : empty;
  return db.many(
    EventShown,
    sql`
      select e.id, e.at, e.event, e.outcome, e.address, e.device, e.request_id, e.details
      from shared.account_events e
      where e.account_id = ${accountId}
        ${place}
      order by e.at desc, e.id desc
      limit ${limit}
    `,
  );
}

const News = z.object({ event: z.string(), at: z.date(), count: z.number() });

/** A few failed tries are a slip of the finger; more are told. */
const manyTries = 5;
const mostNews = 6;

/** What is newer than what the owner has seen, kind by kind, the newest first. */
export function listNewsOf(
  db: Database,
  accountId: string,
  events: readonly string[],
): Promise<z.infer<typeof News>[]> {
  return db.many(
    News,
    sql`
      select e.event, max(e.at) as at, count(*) as count
      from shared.account_events e
      join shared.accounts a on a.id = e.account_id and e.at > a.events_seen_at
      where e.account_id = ${accountId}
        and (
          (e.outcome = 'done' and e.event = any (${[...events]}::text[]))
          or (e.event = 'account.signed-in' and e.details ->> 'newDevice' = 'true')
          or e.event = 'account.sign-in-refused'
        )
      group by e.event
      having e.event <> 'account.sign-in-refused' or count(*) >= ${manyTries}
      order by max(e.at) desc
      limit ${mostNews}
    `,
  );
}

export async function markSeen(db: Database, accountId: string): Promise<void> {
  await db.run(sql`update shared.accounts set events_seen_at = now() where id = ${accountId}`);
}
