import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { type Sql, sql } from '../../../database/sql.js';
import { type Status, statuses } from '../decision.js';

/** So long a call that no transaction can take back may be under way before its process counts as gone. */
const lease = sql`now() + interval '90 seconds'`;

const changed = (db: TenantDatabase, id: string, from: readonly Status[], set: Sql): Promise<number> =>
  db.run(sql`update decisions set ${set} where id = ${id} and status = any (${[...from]}::text[])`);

/** Zero when it was decided meanwhile. */
export const markApproved = (db: TenantDatabase, id: string): Promise<number> =>
  changed(db, id, ['waiting'], sql`status = 'approved', decided_at = now()`);

export const markClosed = (
  db: TenantDatabase,
  id: string,
  status: 'rejected' | 'expired' | 'withdrawn',
): Promise<number> => changed(db, id, ['waiting'], sql`status = ${status}, decided_at = now(), finished_at = now()`);

export const markAssigned = (db: TenantDatabase, id: string, accountId: string): Promise<number> =>
  changed(db, id, ['waiting'], sql`assigned_to = ${accountId}`);

export const markEdited = (db: TenantDatabase, id: string, version: number): Promise<number> =>
  changed(db, id, ['waiting'], sql`version = ${version}`);

/** Approved by too few: it waits for somebody else again, and everybody is asked anew. */
export const markWaitingAgain = (db: TenantDatabase, id: string): Promise<number> =>
  changed(db, id, ['approved'], sql`status = 'waiting', decided_at = null, assigned_to = null, announced_at = null`);

/** Whoever holds the newest attempt may finish the call; one that was lost and comes back may not. */
export const markRunning = (db: TenantDatabase, id: string, attempt: string): Promise<number> =>
  changed(db, id, ['approved', 'running'], sql`status = 'running', attempt = ${attempt}, lease_until = ${lease}`);

export type Ending = 'done' | 'failed' | 'refused' | 'unknown';

export async function markEnded(
  db: TenantDatabase,
  id: string,
  ended: { status: Ending; result: string; attempt: string | null; decidedBy: readonly string[] },
): Promise<number> {
  const result = db.seal('decisions.result', id, ended.result);
  return db.run(sql`
    update decisions
    set status = ${ended.status}, result = ${result}, finished_at = now(), lease_until = null,
      decided_by = ${[...ended.decidedBy]}::uuid[]
    where id = ${id}
      and status in ('approved', 'running')
      and attempt is not distinct from ${ended.attempt}::uuid
  `);
}

const HeldRow = z.object({
  id: z.uuid(),
  status: z.enum(statuses),
  tool: z.string(),
  toolCallId: z.uuid(),
  attempt: z.uuid().nullable(),
  leased: z.boolean(),
  overdue: z.boolean(),
  expiresAt: z.date(),
});
export type Held = z.infer<typeof HeldRow>;

/** Holds the row, and tells what has become of it. Opens nothing that is sealed. */
export async function holdDecision(db: TenantDatabase, id: string): Promise<Held | undefined> {
  return db.one(
    HeldRow,
    sql`
      select id, status, tool, tool_call_id, attempt, coalesce(lease_until > now(), false) as leased,
        status = 'waiting' and expires_at <= now() as overdue, expires_at
      from decisions
      where id = ${id}
      for update
    `,
  );
}

const open: readonly Status[] = ['waiting', 'approved', 'running'];

/** The calls that the same answer asked people about, in its order; `isOpen` as long as nobody knows what becomes of it. */
export async function listTogether(db: TenantDatabase, messageId: string) {
  const rows = await db.many(
    z.object({ id: z.uuid(), status: z.enum(statuses) }),
    sql`select id, status from decisions where message_id = ${messageId} order by id`,
  );
  return rows.map(({ id, status }) => ({ id, isOpen: open.includes(status) }));
}

/** Of all that an answer asked about, once, and not before the last of it: otherwise zero. */
export const markContinued = (db: TenantDatabase, messageId: string): Promise<number> =>
  db.run(sql`
    update decisions
    set continued_at = now()
    where message_id = ${messageId}
      and continued_at is null
      and not exists (
        select from decisions o where o.message_id = ${messageId} and o.status = any (${[...open]}::text[])
      )
  `);

export const markAnnounced = (db: TenantDatabase, id: string): Promise<number> =>
  db.run(sql`
    update decisions set announced_at = now() where id = ${id} and announced_at is null and status = 'waiting'
  `);

/** Held until the transaction ends. */
export const lockWaitingIn = (db: TenantDatabase, conversationId: string) =>
  db.many(
    z.object({ id: z.uuid(), tool: z.string(), toolCallId: z.uuid() }),
    sql`
      select id, tool, tool_call_id
      from decisions
      where conversation_id = ${conversationId} and status = 'waiting'
      order by id
      for update
    `,
  );
