import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { behind, type Part } from '../../../database/part.js';
import { sql } from '../../../database/sql.js';
import { visibleTo as eventVisibleTo } from '../../calendar/queries.js';
import {
  DocumentRow,
  columns as documentColumns,
  opened,
  type Reader,
  visibleTo as readableBy,
} from '../../knowledge/queries.js';
import { visibleTo } from '../../spaces/queries.js';
import type { Viewer } from '../../spaces/viewer.js';

const Sealed = z.instanceof(Buffer);

const PageRow = z.object({
  id: z.uuid(),
  spaceId: z.uuid(),
  spaceName: Sealed,
  parentId: z.uuid().nullable(),
  title: Sealed,
  body: Sealed,
  version: z.number(),
  createdAt: z.date(),
  updatedAt: z.date(),
  archivedAt: z.date().nullable(),
});

export async function listPages(db: TenantDatabase, viewer: Viewer, { after, limit }: Part) {
  const rows = await db.many(
    PageRow,
    sql`
      select p.id, p.space_id, s.name as space_name, p.parent_id, p.title, p.body, p.version, p.created_at, p.updated_at,
        p.archived_at
      from pages p
      join spaces s on s.id = p.space_id
      where ${visibleTo(viewer)} and ${behind(sql`p.id`, after)}
      order by p.id
      limit ${limit}
    `,
  );
  return rows.map((row) => ({
    ...row,
    spaceName: db.openText('spaces.name', row.spaceId, row.spaceName),
    title: db.openText('pages.title', row.id, row.title),
    body: db.openText('pages.body', row.id, row.body),
  }));
}

export async function listDocuments(db: TenantDatabase, reader: Reader, { after, limit }: Part) {
  const rows = await db.many(
    DocumentRow,
    sql`
      select ${documentColumns}
      from documents
      where ${readableBy(reader)} and ${behind(sql`id`, after)}
      order by id
      limit ${limit}
    `,
  );
  return rows.map((row) => opened(db, row));
}

const TaskRow = z.object({
  id: z.uuid(),
  number: z.number(),
  title: Sealed,
  description: Sealed,
  status: z.string(),
  priority: z.number(),
  assigneeKind: z.string().nullable(),
  assigneeId: z.uuid().nullable(),
  dueOn: z.string().nullable(),
  accountName: z.string(),
  agentName: z.string().nullable(),
  createdAt: z.date(),
  finishedAt: z.date().nullable(),
  archivedAt: z.date().nullable(),
});
const CommentRow = z.object({
  id: z.uuid(),
  taskId: z.uuid(),
  accountName: z.string(),
  agentName: z.string().nullable(),
  body: Sealed.nullable(),
  createdAt: z.date(),
});

/** With their comments. */
export async function listTasks(db: TenantDatabase, { after, limit }: Part) {
  const rows = await db.many(
    TaskRow,
    sql`
      select t.id, t.number, t.title, t.description, t.status, t.priority, t.assignee_kind, t.assignee_id, t.due_on::text,
        t.account_name, t.agent_name, t.created_at, t.finished_at, t.archived_at
      from tasks t
      where ${behind(sql`t.id`, after)}
      order by t.id
      limit ${limit}
    `,
  );
  const comments = await listComments(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({
    ...row,
    title: db.openText('tasks.title', row.id, row.title),
    description: db.openText('tasks.description', row.id, row.description),
    comments: comments.filter(({ taskId }) => taskId === row.id),
  }));
}

async function listComments(db: TenantDatabase, taskIds: readonly string[]) {
  const rows = await db.many(
    CommentRow,
    sql`
      select e.id, e.task_id, e.account_name, e.agent_name, e.body, e.created_at
      from task_entries e
      where e.task_id = any (${[...taskIds]}::uuid[]) and e.kind = 'comment'
      order by e.id
    `,
  );
  return rows.map(({ body, ...row }) => ({ ...row, text: body && db.openText('task_entries.body', row.id, body) }));
}

const EventIdRow = z.object({ id: z.uuid() });

/** Ids of events that this person sees. */
export async function listEventIds(db: TenantDatabase, accountId: string, { after, limit }: Part): Promise<string[]> {
  const rows = await db.many(
    EventIdRow,
    sql`
      select e.id from calendar_events e
      where ${eventVisibleTo(accountId)} and ${behind(sql`e.id`, after)}
      order by e.id
      limit ${limit}
    `,
  );
  return rows.map(({ id }) => id);
}
