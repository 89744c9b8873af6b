import { z } from 'zod';
import type { Database } from '../database/database.js';
import { sql } from '../database/sql.js';
import type { When } from './job.js';

interface Order {
  readonly name: string;
  readonly payload: object;
  readonly when: When;
}

export async function enqueue(db: Database, { name, payload, when }: Order): Promise<void> {
  await db.run(
    sql`select jobs.enqueue(${name}, ${JSON.stringify(payload)}::jsonb, ${when.key ?? null}, ${when.at ?? null})`,
  );
}

export async function enqueueForTenant(db: Database, { name, payload, when }: Order): Promise<void> {
  await db.run(
    sql`select jobs.enqueue_tenant(${name}, ${JSON.stringify(payload)}::jsonb, ${when.key ?? null}, ${when.at ?? null})`,
  );
}

/**
 * Gives back the jobs of workers that are gone: a living one holds a connection under the name that it locks with.
 * Otherwise a killed worker's job would wait for hours. Those locked just now may belong to one that is only starting.
 */
export async function unlockJobsOfTheDead(db: Database): Promise<number> {
  const row = await db.one(
    z.object({ dead: z.number() }),
    sql`
      with dead as (
        select distinct j.locked_by
        from graphile_worker._private_jobs j
        where j.locked_at < now() - interval '10 seconds'
          and not exists (select from pg_stat_activity a where a.application_name = j.locked_by)
      )
      select count(*) as dead, graphile_worker.force_unlock_workers(coalesce(array_agg(locked_by), '{}')) from dead
    `,
  );
  return row?.dead ?? 0;
}

const Lag = z.object({ seconds: z.coerce.number(), givenUp: z.coerce.number() });

/** For how long the oldest job that is due and that nobody has taken waits, and how many have no tries left. */
export async function findQueueLag(db: Database): Promise<z.infer<typeof Lag>> {
  const lag = await db.one(
    Lag,
    sql`
      select
        coalesce(extract(epoch from now() - min(j.run_at) filter (where j.attempts < j.max_attempts)), 0) as seconds,
        count(*) filter (where j.attempts >= j.max_attempts) as given_up
      from graphile_worker._private_jobs j
      where j.locked_at is null
        and j.run_at <= now()
    `,
  );
  return lag ?? { seconds: 0, givenUp: 0 };
}
