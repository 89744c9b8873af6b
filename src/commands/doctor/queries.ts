import { z } from 'zod';
import type { Database } from '../../database/database.js';
import { sql } from '../../database/sql.js';

export async function readClock(db: Database): Promise<Date> {
  const row = await db.one(z.object({ now: z.date() }), sql`select clock_timestamp() as now`);
  return z.date().parse(row?.now);
}

/** How many connections Postgres takes from those who are no superusers. */
export async function readCapacity(db: Database): Promise<number> {
  const row = await db.one(
    z.object({ most: z.coerce.number() }),
    sql`
      select current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
        as most
    `,
  );
  return row?.most ?? 0;
}
