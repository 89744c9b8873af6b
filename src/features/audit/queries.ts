import { z } from 'zod';
import type { TenantDatabase } from '../../database/database.js';
import { join, type Sql, sql } from '../../database/sql.js';
import { NotFound } from '../../errors.js';
import { AuditEvent, type AuditFilter } from './event.js';

const columns = sql`
  id, at, category, event, outcome, actor_kind, account_id, agent_id, actor_name, subject_kind, subject_id, trigger,
  request_id, address, arguments_digest, details
`;

/** A text that `like` takes literally. */
function literally(text: string): string {
  return `%${text.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
}

function conditions(filter: AuditFilter): Sql[] {
  const { q, category, outcome, actor, from, to } = filter;
  return [
    sql`true`,
    ...(q ? [matches(q)] : []),
    ...(category ? [sql`category = ${category}`] : []),
    ...(outcome ? [sql`outcome = ${outcome}`] : []),
    ...(actor ? [sql`actor_kind = ${actor}`] : []),
    ...(from ? [sql`at >= ${from}::date::timestamp at time zone 'UTC'`] : []),
    ...(to ? [sql`at < (${to}::date + 1)::timestamp at time zone 'UTC'`] : []),
  ];
}

/** Words in what happened, to what and by whom; or exactly the id of a request, an event, a person or an agent. */
function matches(q: string): Sql {
  const search = literally(q);
  return sql`(
    event ilike ${search} or actor_name ilike ${search} or subject_id ilike ${search}
    or ${q} in (request_id, id::text, account_id::text, agent_id::text)
  )`;
}

/** Newest first. Ids are made in the order of time (UUID version 7), so they page as well as they name. */
export async function listEvents(db: TenantDatabase, filter: AuditFilter, limit: number): Promise<AuditEvent[]> {
  const { before, after } = filter;
  const where = conditions(filter);
  if (before) where.push(sql`id < ${before}`);
  if (after) where.push(sql`id > ${after}`);
  const statement = sql`
    select ${columns}
    from audit_events
    where ${join(where, ' and ')}
    order by id ${after ? sql`asc` : sql`desc`}
    limit ${limit}
  `;
  const rows = await db.many(AuditEvent, statement);
  return after ? rows.reverse() : rows;
}

export async function getEvent(db: TenantDatabase, id: string): Promise<AuditEvent> {
  const event = await db.one(AuditEvent, sql`select ${columns} from audit_events where id = ${id}`);
  if (!event) throw new NotFound('There is no such event.');
  return event;
}

/** What a person is called in this log, which outlives their membership. Undefined when they never acted themselves. */
export async function findActorName(db: TenantDatabase, accountId: string): Promise<string | undefined> {
  const row = await db.one(
    z.object({ actorName: z.string() }),
    sql`
      select actor_name
      from audit_events
      where account_id = ${accountId}
        and actor_kind = 'member'
      order by id desc
      limit 1
    `,
  );
  return row?.actorName;
}

/** Whether this person has opened the log before: the first-run guide asks, and it is written down once. */
export async function hasOpened(db: TenantDatabase, accountId: string): Promise<boolean> {
  const row = await db.one(
    z.object({ opened: z.boolean() }),
    sql`select exists (select from audit_events where event = 'audit.opened' and account_id = ${accountId}) as opened`,
  );
  return row?.opened ?? false;
}
