import { z } from 'zod';
import type { Database } from '../../database/database.js';
import { sql } from '../../database/sql.js';
import { Account } from './account.js';

/** Without a hash the person comes in by another way. */
const WithPassword = Account.extend({ passwordHash: z.string().nullable() });
export type AccountWithPassword = z.infer<typeof WithPassword>;

export async function findAccount(db: Database, id: string): Promise<Account | undefined> {
  return db.one(Account, sql`select id, name, username, email, session_epoch from shared.accounts where id = ${id}`);
}

export async function findAccountByEmail(db: Database, email: string): Promise<Account | undefined> {
  return db.one(
    Account,
    sql`select id, name, username, email, session_epoch from shared.accounts where email = ${email}`,
  );
}

/** A username holds no `@`, so a login is either one or the other. */
export async function findAccountByLogin(db: Database, login: string): Promise<AccountWithPassword | undefined> {
  const where = login.includes('@') ? sql`email = ${login}` : sql`username = ${login}`;
  return db.one(
    WithPassword,
    sql`select id, name, username, email, session_epoch, password_hash from shared.accounts where ${where}`,
  );
}

export async function findPasswordHash(db: Database, id: string): Promise<string | undefined> {
  const row = await db.one(
    z.object({ passwordHash: z.string().nullable() }),
    sql`select password_hash from shared.accounts where id = ${id}`,
  );
  return row?.passwordHash ?? undefined;
}

/** What an account did stays visible to its owner for so long. */
export const accountEventDays = 400;

export async function deleteOldAccountEvents(db: Database): Promise<number> {
  return db.run(sql`delete from shared.account_events where at < now() - make_interval(days => ${accountEventDays})`);
}

/** The constraint names of a taken email or username come back as a Conflict. */
export async function insertAccount(db: Database, account: AccountWithPassword): Promise<void> {
  const { id, email, username, name, passwordHash } = account;
  await db.run(sql`
    insert into shared.accounts (id, email, username, name, password_hash)
    values (${id}, ${email}, ${username}, ${name}, ${passwordHash})
  `);
}

const PlatformEvent = z.object({
  id: z.uuid(),
  at: z.date(),
  event: z.string(),
  outcome: z.string(),
  accountId: z.uuid().nullable(),
  address: z.string().nullable(),
  requestId: z.string().nullable(),
});
export type PlatformEvent = z.infer<typeof PlatformEvent>;

export async function insertPlatformEvent(db: Database, row: Omit<PlatformEvent, 'at'>): Promise<void> {
  await db.run(sql`
    insert into shared.platform_events (id, event, outcome, account_id, address, request_id)
    values (${row.id}, ${row.event}, ${row.outcome}, ${row.accountId}, ${row.address}, ${row.requestId})
  `);
}

export async function findPlatformEvent(db: Database, id: string): Promise<PlatformEvent | undefined> {
  return db.one(
    PlatformEvent,
    sql`
      select id, at, event, outcome, account_id, address, request_id
      from shared.platform_events
      where id = ${id}
    `,
  );
}

interface AccountEvent {
  readonly id: string;
  readonly accountId: string;
  readonly event: string;
  readonly outcome: 'done' | 'refused' | 'failed';
  readonly address: string | null;
  readonly device: string | null;
  readonly requestId: string | null;
  /** JSON. */
  readonly details: string;
}

/** Once: a job that writes one may be repeated. */
export async function insertAccountEvent(db: Database, row: AccountEvent): Promise<void> {
  await db.run(sql`
    insert into shared.account_events (id, account_id, event, outcome, address, device, request_id, details)
    values (
      ${row.id}, ${row.accountId}, ${row.event}, ${row.outcome}, ${row.address}, ${row.device}, ${row.requestId},
      ${row.details}
    )
    on conflict (id) do nothing
  `);
}

/** Makes the changes of one account follow one another, until the transaction ends. Rows may still be added to it. */
export async function lockAccount(db: Database, id: string): Promise<void> {
  await db.run(sql`select id from shared.accounts where id = ${id} for no key update`);
}

const WaysIn = z.object({ password: z.boolean(), logins: z.number(), passkeys: z.number() });

export async function countWaysIn(
  db: Database,
  accountId: string,
  providers: readonly string[],
): Promise<z.infer<typeof WaysIn>> {
  const row = await db.one(
    WaysIn,
    sql`
      select
        exists (select from shared.accounts where id = ${accountId} and password_hash is not null) as password,
        (select count(*) from shared.logins where account_id = ${accountId} and provider = any (${providers})) as logins,
        (select count(*) from shared.passkeys where account_id = ${accountId} and signs_in) as passkeys
    `,
  );
  return row ?? { password: false, logins: 0, passkeys: 0 };
}
