import { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import { AskedRecovery, linkMinutes, Recovery } from './recovery.js';

interface NewRecovery {
  readonly id: string;
  readonly reference: string;
  readonly login: string;
  readonly address: string;
  readonly device: string;
  readonly requestId: string;
}

/** One statement whether or not there is such an account. Answers whose it is. */
export async function insertRecovery(db: Database, row: NewRecovery): Promise<string | null> {
  const inserted = await db.one(
    z.object({ accountId: z.uuid().nullable() }),
    sql`
      insert into shared.recoveries (id, reference, account_id, address, device, request_id)
      values (
        ${row.id}, ${row.reference},
        (select a.id from shared.accounts a where a.email = ${row.login} or a.username = ${row.login}),
        ${row.address}, ${row.device}, ${row.requestId}
      )
      returning account_id
    `,
  );
  return inserted?.accountId ?? null;
}

/** One whose link was not mailed yet and that has an account. */
export async function findUnsentRecovery(db: Database, id: string): Promise<AskedRecovery | undefined> {
  return db.one(
    AskedRecovery,
    sql`
      select id, reference, account_id, address, device, request_id, created_at
      from shared.recoveries
      where id = ${id}
        and account_id is not null
        and token_hash is null
        and expires_at is null
    `,
  );
}

/** Zero when it was mailed already, or ended by a change of the account. */
export async function startLink(db: Database, id: string, tokenHash: Buffer): Promise<number> {
  return db.run(sql`
    update shared.recoveries
    set token_hash = ${tokenHash}, expires_at = now() + make_interval(mins => ${linkMinutes})
    where id = ${id}
      and token_hash is null
      and expires_at is null
  `);
}

/** A link that still works, by the database's clock. */
export async function findLink(db: Database, tokenHash: Buffer): Promise<Recovery | undefined> {
  return db.one(
    Recovery,
    sql`
      select id, reference, account_id
      from shared.recoveries
      where token_hash = ${tokenHash}
        and used_at is null
        and expires_at > now()
    `,
  );
}

/** Of many that use a link at once, only one gets 1: the row is the lock. */
export async function takeLink(db: Database, id: string): Promise<number> {
  return db.run(sql`
    update shared.recoveries
    set used_at = now()
    where id = ${id}
      and used_at is null
      and expires_at > now()
  `);
}

/** After it was taken, and something failed before the password was set. */
export async function giveBackLink(db: Database, id: string): Promise<void> {
  await db.run(sql`update shared.recoveries set used_at = null where id = ${id}`);
}

/** Whether a change of the account has ended it since it was taken. Ask under the account's lock. */
export async function hasEnded(db: Database, id: string): Promise<boolean> {
  const row = await db.one(
    z.object({ ended: z.boolean() }),
    sql`select expires_at <= now() as ended from shared.recoveries where id = ${id}`,
  );
  return row?.ended ?? true;
}

/** Support can look a reference up for a month. */
export async function deleteOldRecoveries(db: Database): Promise<number> {
  return db.run(sql`delete from shared.recoveries where created_at < now() - interval '30 days'`);
}
