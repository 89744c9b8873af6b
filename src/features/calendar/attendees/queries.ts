import type { TenantDatabase } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import type { Answer } from '../event.js';

/** Invites who is not invited yet, and no longer those who are not named; the answers of the others stay. */
export async function replaceAttendees(db: TenantDatabase, id: string, accountIds: readonly string[]): Promise<void> {
  await db.run(sql`
    delete from calendar_attendees where event_id = ${id} and account_id <> all (${accountIds}::uuid[])
  `);
  await db.run(sql`
    insert into calendar_attendees (event_id, account_id)
    select ${id}, account_id from unnest(${accountIds}::uuid[]) as account_id
    on conflict do nothing
  `);
}

export async function copyAnswers(db: TenantDatabase, from: string, to: string): Promise<void> {
  await db.run(sql`
    update calendar_attendees a
    set answer = old.answer, answered_at = old.answered_at
    from calendar_attendees old
    where a.event_id = ${to} and old.event_id = ${from} and old.account_id = a.account_id
  `);
}

export async function saveAnswer(db: TenantDatabase, id: string, answer: { accountId: string; answer: Answer }) {
  return db.run(sql`
    update calendar_attendees
    set answer = ${answer.answer}, answered_at = now()
    where event_id = ${id} and account_id = ${answer.accountId}
  `);
}

/** At another time, or in another place, everybody has to be asked again. */
export async function forgetAnswers(db: TenantDatabase, id: string): Promise<void> {
  await db.run(sql`
    update calendar_attendees set answer = 'none', answered_at = null where event_id = ${id} and answer <> 'none'
  `);
}
