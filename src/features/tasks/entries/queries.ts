import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { empty, sql } from '../../../database/sql.js';
import { NotFound } from '../../../errors.js';
import { Change, type Doer } from '../task.js';
import { type Entry, type EntryKind, entryKinds } from './entry.js';

const EntryRow = z.object({
  id: z.uuid(),
  kind: z.enum(entryKinds),
  accountId: z.uuid().nullable(),
  accountName: z.string(),
  agentId: z.uuid().nullable(),
  agentName: z.string().nullable(),
  body: z.instanceof(Buffer).nullable(),
  createdAt: z.date(),
  editedAt: z.date().nullable(),
  conversationId: z.uuid().nullable(),
});

const columns = sql`
  e.id, e.kind, e.account_id, e.account_name, e.agent_id, e.agent_name, e.body, e.created_at, e.edited_at,
  (select w.conversation_id from task_works w where w.id = e.work_id) as conversation_id
`;

function opened(db: TenantDatabase, { body, ...row }: z.infer<typeof EntryRow>): Entry {
  const text = body ? db.openText('task_entries.body', row.id, body) : '';
  if (row.kind === 'comment') return { ...row, text, changes: [] };
  return { ...row, text: '', changes: text ? z.array(Change).parse(JSON.parse(text)) : [] };
}

/** The newest of a task, in the order in which they were made; `before` is the id of the oldest that is known already. */
export async function listEntries(
  db: TenantDatabase,
  taskId: string,
  { before, limit, only }: { before?: string | undefined; limit: number; only?: EntryKind },
): Promise<Entry[]> {
  const rows = await db.many(
    EntryRow,
    sql`
      select ${columns}
      from task_entries e
      where e.task_id = ${taskId}
        ${before ? sql`and e.id < ${before}` : empty}
        ${only ? sql`and e.kind = ${only}` : empty}
      order by e.id desc
      limit ${limit}
    `,
  );
  return rows.reverse().map((row) => opened(db, row));
}

export async function insertEntry(
  db: TenantDatabase,
  given: { id: string; taskId: string; kind: EntryKind; doer: Doer; body?: string; workId?: string },
): Promise<void> {
  const { id, doer, body } = given;
  await db.run(sql`
    insert into task_entries (id, task_id, kind, account_id, account_name, agent_id, agent_name, body, work_id)
    values (${id}, ${given.taskId}, ${given.kind}, ${doer.accountId}, ${doer.accountName}, ${doer.agentId},
      ${doer.agentName}, ${body === undefined ? null : db.seal('task_entries.body', id, body)}, ${given.workId ?? null})
  `);
}

export async function getComment(db: TenantDatabase, taskId: string, id: string): Promise<Entry> {
  const row = await db.one(
    EntryRow,
    sql`
      select ${columns}
      from task_entries e
      where e.id = ${id}
        and e.task_id = ${taskId}
        and e.kind = 'comment'
    `,
  );
  if (!row) throw new NotFound('There is no such comment.');
  return opened(db, row);
}

export const updateComment = (db: TenantDatabase, id: string, text: string): Promise<number> =>
  db.run(sql`
    update task_entries
    set body = ${db.seal('task_entries.body', id, text)}, edited_at = now()
    where id = ${id}
      and kind = 'comment'
  `);

export const deleteComment = (db: TenantDatabase, id: string): Promise<number> =>
  db.run(sql`delete from task_entries where id = ${id} and kind = 'comment'`);
