import { z } from 'zod';
import type { Database } from '../../database/database.js';
import { sql } from '../../database/sql.js';
import { Day, keptDays, type Probe } from './component.js';

export async function insertProbe(db: Database, { component, state, milliseconds }: Probe): Promise<void> {
  await db.run(sql`
    insert into shared.status_probes (component, state, milliseconds)
    values (${component}, ${state}, ${Math.round(milliseconds)})
    on conflict do nothing
  `);
}

export async function deleteOldProbes(db: Database): Promise<number> {
  return db.run(sql`delete from shared.status_probes where at < now() - make_interval(days => ${keptDays})`);
}

/** A day in UTC; those without a probe are missing. Slow counts as up: it was served. */
export async function listDays(db: Database): Promise<Day[]> {
  return db.many(
    Day,
    sql`
      select
        component,
        date_trunc('day', at, 'UTC') as day,
        count(*) as all,
        count(*) filter (where state <> 'down') as up
      from shared.status_probes
      where at > now() - make_interval(days => ${keptDays})
      group by component, day
      order by component, day
    `,
  );
}

const Ages = z.object({ probe: z.coerce.number().nullable(), mail: z.coerce.number().nullable() });
export type Ages = z.infer<typeof Ages>;

/** Seconds since the last probe, and since the oldest mail that still waits was written. */
export async function findAges(db: Database): Promise<Ages> {
  const ages = await db.one(
    Ages,
    sql`
      select
        (select extract(epoch from now() - max(at)) from shared.status_probes) as probe,
        (select extract(epoch from now() - min(created_at)) from shared.mails) as mail
    `,
  );
  return ages ?? { probe: null, mail: null };
}
