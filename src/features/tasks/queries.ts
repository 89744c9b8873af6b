import { z } from 'zod';
import type { TenantDatabase } from '../../database/database.js';
import { empty, type Sql, sql } from '../../database/sql.js';
import { NotFound } from '../../errors.js';
import { openedSummary, SummaryRow } from './rows.js';
import { tagsOf } from './search-tags.js';
import { type Doer, isFinished, priorities, type Task, type TaskDraft } from './task.js';

export const summaryColumns = sql`
  t.id, t.number, t.title, t.status, t.priority, t.position, t.assignee_kind, t.assignee_id, t.due_on::text as due,
  t.account_id, t.account_name, t.agent_id, t.agent_name, t.version, t.created_at, t.updated_at, t.finished_at,
  t.archived_at, array(select tl.label_id from task_labels tl where tl.task_id = t.id) as labels,
  (select count(*) from task_entries e where e.task_id = t.id and e.kind = 'comment') as comments,
  case when t.assignee_kind = 'agent' then (
    select case
        when w.state = 'asking' and not exists (
          select from decisions d where d.conversation_id = w.conversation_id and d.status = 'waiting'
        ) then 'working'
        else w.state
      end
    from task_works w where w.task_id = t.id order by w.id desc limit 1
  ) end as work
`;

const FullRow = SummaryRow.extend({ description: z.instanceof(Buffer) });

export const getTask = (db: TenantDatabase, id: string): Promise<Task> => one(db, id, empty);

/** The same, held until the transaction ends. Whoever needs the board, too, takes it first (places/queries.ts). */
export const lockTask = (db: TenantDatabase, id: string): Promise<Task> => one(db, id, sql`for update of t`);

/** For calls about a task (llm/target.ts). */
export const taskRows = { from: sql`tasks t`, id: sql`t.id` };

async function one(db: TenantDatabase, id: string, locking: Sql): Promise<Task> {
  const row = await db.one(
    FullRow,
    sql`select ${summaryColumns}, t.description from tasks t where t.id = ${id} ${locking}`,
  );
  if (!row) throw new NotFound('There is no such task.');
  const { description, ...rest } = row;
  return { ...openedSummary(db, rest), description: db.openText('tasks.description', id, description) };
}

export async function insertTask(
  db: TenantDatabase,
  given: { id: string; number: number; draft: TaskDraft; doer: Doer },
): Promise<void> {
  const { id, number, draft, doer } = given;
  const { status, assignee } = draft;
  await db.run(sql`
    insert into tasks (
      id, number, title, description, search_tags, status, priority, position, assignee_kind, assignee_id, due_on,
      account_id, account_name, agent_id, agent_name, finished_at
    )
    values (
      ${id}, ${number}, ${db.seal('tasks.title', id, draft.title)},
      ${db.seal('tasks.description', id, draft.description)}, ${tagsOf(db, draft)}::bytea[], ${status},
      ${priorities.indexOf(draft.priority)},
      (select coalesce(min(o.position), 1) - 1 from tasks o where o.status = ${status} and o.archived_at is null),
      ${assignee?.kind ?? null}, ${assignee?.id ?? null}, ${draft.due}::date, ${doer.accountId}, ${doer.accountName},
      ${doer.agentId}, ${doer.agentName}, ${isFinished(status) ? new Date() : null}
    )
  `);
  await putLabels(db, id, draft.labels);
}

/** Writes what a task is from now on, as its next version. Its place is another matter. */
export async function updateTaskRow(
  db: TenantDatabase,
  { id, version, ...task }: Pick<Task, 'id' | 'version'> & TaskDraft,
): Promise<void> {
  const { status, assignee } = task;
  await db.run(sql`
    update tasks
    set title = ${db.seal('tasks.title', id, task.title)},
      description = ${db.seal('tasks.description', id, task.description)},
      search_tags = ${tagsOf(db, task)}::bytea[], status = ${status}, priority = ${priorities.indexOf(task.priority)},
      assignee_kind = ${assignee?.kind ?? null}, assignee_id = ${assignee?.id ?? null}, due_on = ${task.due}::date,
      finished_at = case when ${isFinished(status)} then coalesce(finished_at, now()) end,
      version = ${version + 1}, updated_at = now()
    where id = ${id}
  `);
  await putLabels(db, id, task.labels);
}

/** Labels that were deleted meanwhile are left out. */
async function putLabels(db: TenantDatabase, id: string, labels: readonly string[]): Promise<void> {
  const wanted = [...labels];
  await db.run(sql`delete from task_labels where task_id = ${id} and label_id <> all (${wanted}::uuid[])`);
  if (wanted.length === 0) return;
  await db.run(sql`
    insert into task_labels (task_id, label_id)
    select ${id}, l.id
    from labels l
    where l.id = any (${wanted}::uuid[])
    on conflict do nothing
  `);
}

export async function markArchived(db: TenantDatabase, id: string, archived: boolean): Promise<void> {
  await db.run(sql`
    update tasks t
    set archived_at = case when ${archived} then now() end, version = version + 1, updated_at = now(),
      position = case when ${archived} then t.position else (
        select coalesce(min(o.position), 1) - 1 from tasks o where o.status = t.status and o.archived_at is null
      ) end
    where t.id = ${id}
  `);
}

/** Its labels and everything said about it go with it. Zero when it is gone already. */
export const deleteTask = (db: TenantDatabase, id: string): Promise<number> =>
  db.run(sql`delete from tasks where id = ${id}`);
