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
