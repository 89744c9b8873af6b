import { z } from 'zod';
import type { Database } from '../database/database.js';
import { often } from '../database/prepared.js';
import { sql } from '../database/sql.js';

const Sid = z.object({ sid: z.string() });
const SessionContent = z.object({ content: z.string(), expire: z.date() });
const Count = z.object({ hits: z.number(), secondsLeft: z.coerce.number() });
export type Count = z.infer<typeof Count>;

export async function findSession(db: Database, sid: string, at: Date) {
  return db.one(
    SessionContent,
    often(sql`select sess::text as content, expire from shared.sessions where sid = ${sid} and expire >= ${at}`),
  );
}

/** Zero when the session has ended meanwhile: an answer on its way must not bring it back. */
export function updateSession(db: Database, sid: string, content: string, expires: Date): Promise<number> {
  return db.run(sql`update shared.sessions set sess = ${content}::json, expire = ${expires} where sid = ${sid}`);
}

export function deleteSession(db: Database, sid: string): Promise<number> {
  return db.run(sql`delete from shared.sessions where sid = ${sid}`);
}

export async function deleteSessionsOf(db: Database, accountId: string, except?: string): Promise<string[]> {
  const rows = await db.many(
    Sid,
    sql`delete from shared.sessions
        where account_id = ${accountId} and sid is distinct from ${except ?? null}
        returning sid`,
  );
  return rows.map((row) => row.sid);
}

const Epoch = z.object({ sessionEpoch: z.number() });

/** From now on a sign-in that had begun before makes no session. Answers the new epoch, which the session `kept` gets. */
export async function raiseEpoch(db: Database, accountId: string, kept?: string): Promise<number> {
  const row = await db.one(
    Epoch,
    sql`update shared.accounts set session_epoch = session_epoch + 1 where id = ${accountId} returning session_epoch`,
  );
  const epoch = row?.sessionEpoch ?? 0;
  await db.run(sql`
    update shared.sessions
    set sess = jsonb_set(sess::jsonb, '{epoch}', to_jsonb(${epoch}::integer))::json
    where sid = ${kept ?? null} and account_id = ${accountId}
  `);
  return epoch;
}

/** For the sweeping job: sessions that nobody can use any more. */
export function deleteExpiredSessions(db: Database): Promise<number> {
  return db.run(sql`delete from shared.sessions where expire < now()`);
}

/** Counts one use of a key within a window that starts at its first use, by the database's clock. */
export async function countHit(db: Database, key: string, windowSeconds: number): Promise<Count> {
  const count = await db.one(
    Count,
    sql`insert into shared.rate_limits as known (key, hits, resets_at)
        values (${key}, 1, now() + make_interval(secs => ${windowSeconds}))
        on conflict (key) do update set
          hits = case when known.resets_at <= now() then 1 else known.hits + 1 end,
          resets_at = case when known.resets_at <= now() then excluded.resets_at else known.resets_at end
        returning hits, extract(epoch from resets_at - now())::float8 as seconds_left`,
  );
  return count ?? { hits: 1, secondsLeft: windowSeconds };
}

export function uncountHit(db: Database, key: string): Promise<number> {
  return db.run(sql`update shared.rate_limits set hits = greatest(hits - 1, 0) where key = ${key}`);
}

export function forgetHits(db: Database, key: string): Promise<number> {
  return db.run(sql`delete from shared.rate_limits where key = ${key}`);
}

export function deleteExpiredLimits(db: Database): Promise<number> {
  return db.run(sql`delete from shared.rate_limits where resets_at < now()`);
}

const reportDays = 30;

/** One more of these today. What is older than a month goes, so that nothing else need sweep. */
export async function countPolicyReport(db: Database, directive: string, path: string): Promise<void> {
  await db.run(sql`
    with old as (
      delete from shared.policy_reports where day < (now() at time zone 'UTC')::date - ${reportDays}::integer
    )
    insert into shared.policy_reports as known (directive, path)
    values (${directive}, ${path})
    on conflict (day, directive, path) do update set reports = known.reports + 1
  `);
}

const PolicyReports = z.object({
  directive: z.string(),
  path: z.string(),
  reports: z.coerce.number(),
  latest: z.string(),
});
type PolicyReports = z.infer<typeof PolicyReports>;

/** Of the last `days`, most first; `latest` is a day in UTC. */
export async function listPolicyReports(db: Database, days = reportDays): Promise<PolicyReports[]> {
  return db.many(
    PolicyReports,
    sql`
      select directive, path, sum(reports) as reports, max(day)::text as latest
      from shared.policy_reports
      where day > (now() at time zone 'UTC')::date - ${days}::integer
      group by directive, path
      order by sum(reports) desc, directive, path
    `,
  );
}
