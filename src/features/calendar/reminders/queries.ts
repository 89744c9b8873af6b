import type { TenantDatabase } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';

/** Whether this was the first: two workers can't both be it, and with its transaction it is taken back. */
export async function insertReminder(db: TenantDatabase, id: string, startsAt: number): Promise<boolean> {
  const inserted = await db.run(sql`
    insert into calendar_reminders (event_id, starts_at)
    values (${id}, ${new Date(startsAt)})
    on conflict do nothing
  `);
  return inserted > 0;
}
