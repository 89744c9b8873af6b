import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { empty, join, type Sql, sql } from '../../../database/sql.js';
import { summaryColumns } from '../queries.js';
import { openedSummary, SummaryRow } from '../rows.js';
import { priorities, type Status, statuses, type TaskSummary } from '../task.js';
import type { Cursor, Sort, TaskFilter } from './filter.js';

const dueOrNever = sql`coalesce(t.due_on, 'infinity'::date)`;

/** In words that the partial indexes have, too: so the planner knows that they serve. */
function inState(status: TaskFilter['status']): Sql {
  if (status === 'archived') return sql`t.archived_at is not null`;
  if (status === 'all') return sql`t.archived_at is null`;
  if (status === 'open') return sql`t.archived_at is null and t.status in ('backlog', 'todo', 'doing')`;
  return sql`t.archived_at is null and t.status = ${status}`;
}

function isDue(due: NonNullable<TaskFilter['due']>, today: string): Sql {
  const open = sql`t.status in ('backlog', 'todo', 'doing')`;
  if (due === 'overdue') return sql`${dueOrNever} < ${today}::date and ${open}`;
  if (due === 'today') return sql`${dueOrNever} = ${today}::date`;
  if (due === 'week') return sql`${dueOrNever} between ${today}::date and ${today}::date + 6`;
  return due === 'any' ? sql`t.due_on is not null` : sql`t.due_on is null`;
}

function madeBy(by: string): Sql {
  if (by === 'people') return sql`t.agent_id is null`;
  return by === 'agents' ? sql`t.agent_id is not null` : sql`t.agent_id = ${by}`;
}

function conditions({ words, number, assigneeId, label, due, by, today, status }: TaskFilter): Sql[] {
  const bears = (id: string) =>
    sql`exists (select from task_labels tl where tl.task_id = t.id and tl.label_id = ${id})`;
  return [
    inState(status),
    ...(words ?? []).map((tags) => sql`t.search_tags && ${tags}::bytea[]`),
    ...(words ? [] : [sql`false`]),
    ...(number === undefined ? [] : [sql`t.number = ${number}`]),
    ...(assigneeId === undefined ? [] : [assigneeId ? sql`t.assignee_id = ${assigneeId}` : sql`t.assignee_id is null`]),
    ...(label ? [bears(label)] : []),
    ...(due ? [isDue(due, today)] : []),
    ...(by ? [madeBy(by)] : []),
  ];
}

interface Order {
  readonly by: Sql;
  /** The other way round, to page back. */
  readonly back: Sql;
  readonly key: Sql;
  readonly descends: boolean;
  value(text: string): Sql;
  cursorOf(task: TaskSummary): string;
}

const orders: Readonly<Record<Sort, Order>> = {
  updated: {
    by: sql`t.updated_at desc, t.id desc`,
    back: sql`t.updated_at, t.id`,
    key: sql`t.updated_at, t.id`,
    descends: true,
    value: (text) => sql`${new Date(Number(text))}::timestamptz`,
    cursorOf: ({ updatedAt }) => String(updatedAt.getTime()),
  },
  created: {
    by: sql`t.id desc`,
    back: sql`t.id`,
    key: sql`0, t.id`,
    descends: true,
    value: () => sql`0`,
    cursorOf: () => '0',
  },
  due: {
    by: sql`${dueOrNever}, t.id`,
    back: sql`${dueOrNever} desc, t.id desc`,
    key: sql`${dueOrNever}, t.id`,
    descends: false,
    value: (text) => sql`${text === 'none' ? 'infinity' : text}::date`,
    cursorOf: ({ due }) => due ?? 'none',
  },
  priority: {
    by: sql`t.priority desc, t.id desc`,
    back: sql`t.priority, t.id`,
    key: sql`t.priority, t.id`,
    descends: true,
    value: (text) => sql`${Number(text)}::smallint`,
    cursorOf: ({ priority }) => String(priorities.indexOf(priority)),
  },
};

export const cursorOf = (sort: Sort, task: TaskSummary): Cursor => ({
  value: orders[sort].cursorOf(task),
  id: task.id,
});

export interface Page {
  readonly after?: Cursor | undefined;
  readonly before?: Cursor | undefined;
  readonly limit: number;
}

/** In the order of `sort`, from behind `after` on or up to `before`. */
export async function listTasks(
  db: TenantDatabase,
  filter: TaskFilter,
  { sort, page }: { sort: Sort; page: Page },
): Promise<TaskSummary[]> {
  const { after, before, limit } = page;
  const order = orders[sort];
  const from = after ?? before;
  const sign = order.descends === Boolean(after) ? sql`<` : sql`>`;
  const place = from ? sql`and (${order.key}) ${sign} (${order.value(from.value)}, ${from.id}::uuid)` : empty;
  const back = before && !after;
  const rows = await db.many(
    SummaryRow,
    sql`
      select ${summaryColumns}
      from tasks t
      where ${join(conditions(filter), ' and ')}
        ${sort === 'created' && from ? sql`and t.id ${sign} ${from.id}::uuid` : place}
      order by ${back ? order.back : order.by}
      limit ${limit}
    `,
  );
  const tasks = rows.map((row) => openedSummary(db, row));
  return back ? tasks.reverse() : tasks;
}

/** One column of the board, from the top or from behind a place. */
export async function listColumn(
  db: TenantDatabase,
  filter: TaskFilter,
  { status, after, limit }: { status: Status; after?: Cursor | undefined; limit: number },
): Promise<TaskSummary[]> {
  const place = after ? sql`and (t.position, t.id) > (${after.value}::numeric, ${after.id}::uuid)` : empty;
  const rows = await db.many(
    SummaryRow,
    sql`
      select ${summaryColumns}
      from tasks t
      where ${join(conditions({ ...filter, status }), ' and ')}
        ${place}
      order by t.position, t.id
      limit ${limit}
    `,
  );
  return rows.map((row) => openedSummary(db, row));
}

const CountRow = z.object({ status: z.enum(statuses), count: z.number() });

/** How many tasks each column has under this filter. */
export async function countColumns(db: TenantDatabase, filter: TaskFilter): Promise<ReadonlyMap<Status, number>> {
  const rows = await db.many(
    CountRow,
    sql`
      select t.status, count(*)
      from tasks t
      where ${join(conditions({ ...filter, status: 'all' }), ' and ')}
      group by t.status
    `,
  );
  return new Map(rows.map(({ status, count }) => [status, count]));
}

/** Whether there is any task at all, put away or not: an empty list says something else before the first one. */
export async function hasTasks(db: TenantDatabase): Promise<boolean> {
  const row = await db.one(z.object({ any: z.boolean() }), sql`select exists (select from tasks) as any`);
  return row?.any ?? false;
}
