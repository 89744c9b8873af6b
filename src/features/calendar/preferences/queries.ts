import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import { zoneNamed } from '../time/zone.js';
import { assumed, type Preferences, type WeekStart, weekStarts } from './preferences.js';

const Row = z.object({ timeZone: z.string(), weekStart: z.enum(weekStarts) });

export async function getPreferences(db: TenantDatabase, accountId: string | undefined): Promise<Preferences> {
  const row = await db.one(
    Row,
    sql`select time_zone, week_start from calendar_preferences where account_id = ${accountId ?? null}::uuid`,
  );
  // A zone that this system has no rules for could not be shown.
  return row && zoneNamed(row.timeZone) ? { ...row, chosen: true } : assumed;
}

export async function savePreferences(
  db: TenantDatabase,
  accountId: string,
  { timeZone, weekStart }: { timeZone: string; weekStart: WeekStart },
): Promise<void> {
  await db.run(sql`
    insert into calendar_preferences (account_id, time_zone, week_start)
    values (${accountId}, ${timeZone}, ${weekStart})
    on conflict (account_id) do update
    set time_zone = excluded.time_zone, week_start = excluded.week_start, updated_at = now()
  `);
}
