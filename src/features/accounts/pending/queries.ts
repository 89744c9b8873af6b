import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';

/**
 * Ends what is on its way to an account: links, codes, steps that were begun, an address that waits to be confirmed, and
 * browsers that may leave out the second factor. What was begun before a change must not count after it (AC-12).
 */
export async function endPending(db: Database, accountId: string): Promise<void> {
  await endLinks(db, accountId);
  await db.run(sql`delete from shared.address_changes where account_id = ${accountId}`);
  await db.run(sql`
    update shared.devices set trusted_until = null where account_id = ${accountId} and trusted_until is not null
  `);
}

/** What was mailed to an address, or begun at the sign-in page. */
export async function endLinks(db: Database, accountId: string): Promise<void> {
  await db.run(sql`
    update shared.recoveries
    set expires_at = now()
    where account_id = ${accountId}
      and (expires_at is null or expires_at > now())
  `);
  await db.run(sql`delete from shared.one_time_codes where account_id = ${accountId}`);
  await db.run(sql`delete from shared.challenges where account_id = ${accountId}`);
  await db.run(sql`delete from shared.passkey_challenges where account_id = ${accountId}`);
}
