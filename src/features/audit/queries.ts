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
  const search = literally(q);
  return [
    sql`true`,
    ...(q
      ? [sql`(event ilike ${search} or actor_name ilike ${search} or subject_id ilike ${search} or request_id = ${q})`]
      : []),
    ...(category ? [sql`category = ${category}`] : []),
    ...(outcome ? [sql`outcome = ${outcome}`] : []),
    ...(actor ? [sql`actor_kind = ${actor}`] : []),
    ...(from ? [sql`at >= ${from}::date::timestamp at time zone 'UTC'`] : []),
    ...(to ? [sql`at < (${to}::date + 1)::timestamp at time zone 'UTC'`] : []),
  ];
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

/** Whether this person has opened the log before: the first-run guide asks, and it is written down once. */
export async function hasOpened(db: TenantDatabase, accountId: string): Promise<boolean> {
  const row = await db.one(
    z.object({ opened: z.boolean() }),
    sql`select exists (select from audit_events where event = 'audit.opened' and account_id = ${accountId}) as opened`,
  );
  return row?.opened ?? false;
}
