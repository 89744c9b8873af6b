import { z } from 'zod';
import type { TenantDatabase } from '../../../../database/database.js';
import { behind } from '../../../../database/part.js';
import { sql } from '../../../../database/sql.js';
import type { PartOf } from '../work/queries.js';

const Sealed = z.instanceof(Buffer);

const TaskRow = z.object({
  id: z.uuid(),
  number: z.number(),
  title: Sealed,
  description: Sealed,
  status: z.string(),
  dueOn: z.string().nullable(),
  made: z.boolean(),
  assigned: z.boolean(),
  createdAt: z.date(),
  finishedAt: z.date().nullable(),
});

/** Those that they made and those that are assigned to them. */
export async function listTasksOf(db: TenantDatabase, { accountId, after, limit }: PartOf) {
  const assigned = sql`coalesce(t.assignee_kind = 'member' and t.assignee_id = ${accountId}, false)`;
  const rows = await db.many(
    TaskRow,
    sql`
      select t.id, t.number, t.title, t.description, t.status, t.due_on::text, ${assigned} as assigned,
        t.account_id is not distinct from ${accountId}::uuid as made, t.created_at, t.finished_at
      from tasks t
      where (t.account_id = ${accountId} or ${assigned}) and ${behind(sql`t.id`, after)}
      order by t.id
      limit ${limit}
    `,
  );
  return rows.map((row) => ({
    ...row,
    title: db.openText('tasks.title', row.id, row.title),
    description: db.openText('tasks.description', row.id, row.description),
  }));
}

const CommentRow = z.object({ id: z.uuid(), taskId: z.uuid(), body: Sealed.nullable(), createdAt: z.date() });

export async function listCommentsOf(db: TenantDatabase, { accountId, after, limit }: PartOf) {
  const rows = await db.many(
    CommentRow,
    sql`
      select e.id, e.task_id, e.body, e.created_at
      from task_entries e
      where e.account_id = ${accountId} and e.kind = 'comment' and ${behind(sql`e.id`, after)}
      order by e.id
      limit ${limit}
    `,
  );
  return rows.map(({ body, ...row }) => ({ ...row, text: body && db.openText('task_entries.body', row.id, body) }));
}

const EventRow = z.object({
  id: z.uuid(),
  title: Sealed,
  description: Sealed,
  place: Sealed,
  visibility: z.string(),
  allDay: z.boolean(),
  starts: z.string(),
  ends: z.string(),
  timeZone: z.string(),
  recurrence: z.string().nullable(),
  reminderMinutes: z.number().nullable(),
  made: z.boolean(),
  answer: z.string().nullable(),
  reminded: z.array(z.string()),
});

/** Those that they made or are invited to, with what they answered and when they were reminded. */
export async function listEventsOf(db: TenantDatabase, { accountId, after, limit }: PartOf) {
  const rows = await db.many(
    EventRow,
    sql`
      select e.id, e.title, e.description, e.place, e.visibility, e.all_day, e.starts, e.ends, e.time_zone, e.recurrence,
        e.reminder_minutes, e.account_id = ${accountId} as made, i.answer,
        array(select r.starts_at::text from calendar_reminders r where r.event_id = e.id order by r.starts_at) as reminded
      from calendar_events e
      left join calendar_attendees i on i.event_id = e.id and i.account_id = ${accountId}
      where (e.account_id = ${accountId} or i.account_id is not null) and ${behind(sql`e.id`, after)}
      order by e.id
      limit ${limit}
    `,
  );
  return rows.map((row) => ({
    ...row,
    title: db.openText('calendar_events.title', row.id, row.title),
    description: db.openText('calendar_events.description', row.id, row.description),
    place: db.openText('calendar_events.place', row.id, row.place),
  }));
}

const NotificationRow = z.object({
  id: z.uuid(),
  kind: z.string(),
  title: Sealed,
  actorName: z.string().nullable(),
  createdAt: z.date(),
  readAt: z.date().nullable(),
  mailedAt: z.date().nullable(),
});

export async function listNotificationsOf(db: TenantDatabase, { accountId, after, limit }: PartOf) {
  const rows = await db.many(
    NotificationRow,
    sql`
      select n.id, n.kind, n.title, n.actor_name, n.created_at, n.read_at, n.mailed_at
      from notifications n
      where n.account_id = ${accountId} and ${behind(sql`n.id`, after)}
      order by n.id
      limit ${limit}
    `,
  );
  return rows.map((row) => ({ ...row, title: db.openText('notifications.title', row.id, row.title) }));
}

const CalendarRow = z.object({ timeZone: z.string(), weekStart: z.string() });

export function findCalendarPreferences(db: TenantDatabase, accountId: string) {
  return db.one(
    CalendarRow,
    sql`select time_zone, week_start from calendar_preferences where account_id = ${accountId}`,
  );
}
