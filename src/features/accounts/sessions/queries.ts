import { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';

/** A place where an account is signed in. `key` is the row's name, a hash: it opens nothing. */
export const Session = z.object({
  key: z.string(),
  device: z.string(),
  address: z.string(),
  signedInAt: z.date(),
  lastUsedAt: z.date(),
});
export type Session = z.infer<typeof Session>;

export const mostListed = 200;

/** Newest use first. A session's row says when it expires, which is `idleSeconds` after its last use. */
export async function listSessions(db: Database, accountId: string, idleSeconds: number): Promise<Session[]> {
  return db.many(
    Session,
    sql`
      select
        sid as key,
        coalesce(sess ->> 'device', '') as device,
        coalesce(sess ->> 'address', '') as address,
        to_timestamp((sess ->> 'signedInAt')::float8 / 1000) as signed_in_at,
        expire - make_interval(secs => ${idleSeconds}) as last_used_at
      from shared.sessions
      where account_id = ${accountId}
        and expire > now()
      order by expire desc, sid
      limit ${mostListed}
    `,
  );
}

export async function deleteSessionOf(db: Database, accountId: string, key: string): Promise<void> {
  await db.run(sql`delete from shared.sessions where sid = ${key} and account_id = ${accountId}`);
}
