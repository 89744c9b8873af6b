import { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';

const Metrics = z.object({
  received: z.number(),
  open: z.number(),
  /** Hours from the arrival to the first answer of a person, and to the end: of half of the reports of a year. */
  hoursToAcknowledge: z.number().nullable(),
  hoursToResolve: z.number().nullable(),
});
export type Metrics = z.infer<typeof Metrics>;

/** GV-4: how reports were dealt with in the last twelve months, for everybody to see. */
export async function getMetrics(db: Database): Promise<Metrics> {
  const row = await db.one(
    Metrics,
    sql`
      with year as (
        select
          closed_at,
          extract(epoch from answered_at - received_at) / 3600 as answered_after,
          extract(epoch from closed_at - received_at) / 3600 as closed_after
        from shared.reports
        where received_at > now() - interval '12 months'
      )
      select
        count(*) as received,
        (select count(*) from shared.reports where closed_at is null) as open,
        percentile_cont(0.5) within group (order by answered_after)::float8 as hours_to_acknowledge,
        percentile_cont(0.5) within group (order by closed_after)::float8 as hours_to_resolve
      from year
    `,
  );
  return Metrics.parse(row);
}
