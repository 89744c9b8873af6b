import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import { AddressChange, linkMinutes } from './address-change.js';

const columns = sql`id, account_id, email, token_hash, expires_at`;

/** A newer change takes the place of the older, whose link is dead. */
export async function putChange(db: Database, change: Omit<AddressChange, 'expiresAt'>): Promise<void> {
  const { id, accountId, email, tokenHash } = change;
  await db.run(sql`
    insert into shared.address_changes (id, account_id, email, token_hash, expires_at)
    values (${id}, ${accountId}, ${email}, ${tokenHash}, now() + make_interval(mins => ${linkMinutes}))
    on conflict (account_id) do update set
      id = excluded.id,
      email = excluded.email,
      token_hash = excluded.token_hash,
      created_at = now(),
      expires_at = excluded.expires_at
  `);
}

/** By the database's clock. */
export async function findChangeOf(db: Database, accountId: string): Promise<AddressChange | undefined> {
  return db.one(
    AddressChange,
    sql`select ${columns} from shared.address_changes where account_id = ${accountId} and expires_at > now()`,
  );
}

/** The link alone opens nothing: it is the account's own, too. */
export async function findChange(
  db: Database,
  accountId: string,
  tokenHash: Buffer,
): Promise<AddressChange | undefined> {
  return db.one(
    AddressChange,
    sql`
      select ${columns}
      from shared.address_changes
      where account_id = ${accountId}
        and token_hash = ${tokenHash}
        and expires_at > now()
    `,
  );
}

/** Of many that confirm or cancel at once, one gets 1. */
export async function takeChange(db: Database, id: string): Promise<number> {
  return db.run(sql`delete from shared.address_changes where id = ${id}`);
}

/** After it was taken, and something failed before the address was changed. A newer one stays. */
export async function giveBackChange(db: Database, change: AddressChange): Promise<void> {
  const { id, accountId, email, tokenHash, expiresAt } = change;
  await db.run(sql`
    insert into shared.address_changes (id, account_id, email, token_hash, expires_at)
    values (${id}, ${accountId}, ${email}, ${tokenHash}, ${expiresAt})
    on conflict (account_id) do nothing
  `);
}

export async function updateEmail(db: Database, accountId: string, email: string): Promise<number> {
  return db.run(sql`update shared.accounts set email = ${email} where id = ${accountId}`);
}

export async function deleteExpiredChanges(db: Database): Promise<number> {
  return db.run(sql`delete from shared.address_changes where expires_at < now()`);
}
