import { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';

/** As far as a mailbox was read: the UIDs of another UIDVALIDITY are others (RFC 9051 §2.3.1.1). */
const Place = z.object({ uidValidity: z.coerce.bigint(), lastUid: z.coerce.number() });
export type Place = z.infer<typeof Place>;

export async function findPlace(db: Database, tag: Buffer): Promise<Place | undefined> {
  return db.one(Place, sql`select uid_validity, last_uid from shared.report_mailboxes where tag = ${tag}`);
}

/** Zero when this mail was passed before, by this worker or another one, which waits here until it knows. */
export async function passMail(db: Database, tag: Buffer, { uidValidity, lastUid }: Place): Promise<number> {
  return db.run(sql`
    insert into shared.report_mailboxes as known (tag, uid_validity, last_uid)
    values (${tag}, ${String(uidValidity)}::bigint, ${lastUid})
    on conflict (tag) do update set
      uid_validity = excluded.uid_validity,
      last_uid = excluded.last_uid,
      read_at = now()
    where known.uid_validity <> excluded.uid_validity
      or known.last_uid < excluded.last_uid
  `);
}
