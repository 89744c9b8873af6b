import { z } from 'zod';
import type { Database } from '../database/database.js';
import { sql } from '../database/sql.js';

const MailRow = z.object({ id: z.string(), sealed: z.instanceof(Buffer) });
export type MailRow = z.infer<typeof MailRow>;

export async function insertMail(db: Database, { id, sealed }: MailRow): Promise<void> {
  await db.run(sql`insert into shared.mails (id, sealed) values (${id}, ${sealed})`);
}

export function findMail(db: Database, id: string): Promise<MailRow | undefined> {
  return db.one(MailRow, sql`select id, sealed from shared.mails where id = ${id}`);
}

export async function deleteMail(db: Database, id: string): Promise<void> {
  await db.run(sql`delete from shared.mails where id = ${id}`);
}

export async function markMailFailed(db: Database, id: string, error: string): Promise<void> {
  await db.run(sql`update shared.mails set tries = tries + 1, last_error = ${error} where id = ${id}`);
}

/** Answers how many mails were given up. */
export function deleteMailsOlderThan(db: Database, days: number): Promise<number> {
  return db.run(sql`delete from shared.mails where created_at < now() - make_interval(days => ${days})`);
}
