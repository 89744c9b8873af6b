import { z } from 'zod';
import type { TenantDatabase } from '../../database/database.js';
import { empty, type Sql, sql } from '../../database/sql.js';
import { NotFound } from '../../errors.js';
import type { CalendarEvent, Exception, Settings, Viewer } from './event.js';
import { spanOf } from './occurrences.js';
import { formatRule } from './recurrence/rule.js';
import { AttendeeRow, dayOrNull, EventRow, ExceptionRow, ruleOf, timesOf, whenOf } from './rows.js';
import { tagsOf } from './search-tags.js';
import { isoDay, parseDay } from './time/day.js';

/** IS-5: every statement about events says who looks. What somebody may not see is not there, whatever their role. */
export const visibleTo = (viewer: Viewer): Sql => sql`(
  e.visibility = 'team'
  or e.account_id = ${viewer ?? null}::uuid
  or exists (
    select from calendar_attendees invited where invited.event_id = e.id and invited.account_id = ${viewer ?? null}::uuid
  )
)`;

export const seriesColumns = sql`
  e.id, e.account_id, e.agent_id, g.name as agent_name, e.title, e.place, e.visibility, e.all_day, e.starts, e.ends,
  e.time_zone, e.recurrence, e.last_on, e.cancelled_at, e.version
`;

/** Throws NotFound for an event that this viewer may not see. */
export function getEvent(db: TenantDatabase, viewer: Viewer, id: string): Promise<CalendarEvent> {
  return full(db, sql`e.id = ${id} and ${visibleTo(viewer)}`, empty);
}

/** The same, held until the transaction ends. */
export function lockEvent(db: TenantDatabase, viewer: Viewer, id: string): Promise<CalendarEvent> {
  return full(db, sql`e.id = ${id} and ${visibleTo(viewer)}`, sql`for update of e`);
}

/** For calls about an event (llm/target.ts). */
export const eventRows = { from: sql`calendar_events e`, id: sql`e.id` };

export const holdEvent = (db: TenantDatabase, id: string): Promise<number> =>
  db.run(sql`select from calendar_events e where e.id = ${id} for update of e`);

/** For the job that reminds, which looks for everybody who is invited. */
export async function lockForReminders(db: TenantDatabase, id: string): Promise<CalendarEvent | undefined> {
  const there = await db.one(
    z.object({ id: z.uuid() }),
    sql`select id from calendar_events where id = ${id} for update`,
  );
  return there && full(db, sql`e.id = ${id}`, empty);
}

async function full(db: TenantDatabase, where: Sql, locking: Sql): Promise<CalendarEvent> {
  const row = await db.one(
    EventRow,
    sql`
      select ${seriesColumns}, e.description, e.reminder_minutes, e.created_at, e.updated_at
      from calendar_events e
      left join agents g on g.id = e.agent_id
      where ${where}
      ${locking}
    `,
  );
  if (!row) throw new NotFound('There is nothing at this address.');
  const when = whenOf(row);
  const exceptions = await listExceptions(db, row.id);
  const people = await listAttendees(db, row.id);
  return {
    id: row.id,
    ownerId: row.accountId,
    agent: row.agentId && row.agentName !== null ? { id: row.agentId, name: row.agentName } : null,
    title: db.openText('calendar_events.title', row.id, row.title),
    description: db.openText('calendar_events.description', row.id, row.description),
    place: db.openText('calendar_events.place', row.id, row.place),
    when,
    rule: ruleOf(row.recurrence, when),
    lastOn: dayOrNull(row.lastOn),
    visibility: row.visibility,
    reminderMinutes: row.reminderMinutes,
    version: row.version,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    cancelledAt: row.cancelledAt,
    exceptions,
    people,
    attendees: people.map(({ accountId }) => accountId),
  };
}

async function listExceptions(db: TenantDatabase, id: string): Promise<Exception[]> {
  const rows = await db.many(
    ExceptionRow,
    sql`
      select o.event_id, o.on_day, o.state, o.title, o.description, o.place, o.all_day, o.starts, o.ends, o.time_zone
      from calendar_occurrences o
      where o.event_id = ${id}
      order by o.on_day
    `,
  );
  return rows.map((row) => {
    const on = parseDay(row.onDay) ?? 0;
    if (row.state === 'cancelled') return { on, changed: null };
    const place = `${id}|${row.onDay}`;
    return {
      on,
      changed: {
        title: db.openText('calendar_occurrences.title', place, row.title),
        description: db.openText('calendar_occurrences.description', place, row.description),
        place: db.openText('calendar_occurrences.place', place, row.place),
        when: whenOf(row),
      },
    };
  });
}

async function listAttendees(db: TenantDatabase, id: string) {
  return db.many(
    AttendeeRow,
    sql`select account_id, answer from calendar_attendees where event_id = ${id} order by invited_at, account_id`,
  );
}

/** What a row holds of an event: all that is written at once, when it is made and when it is changed. */
export type Written = Settings & Pick<CalendarEvent, 'id' | 'lastOn' | 'exceptions' | 'cancelledAt'>;

export interface Maker {
  readonly accountId: string;
  readonly agentId: string | null;
}

export async function insertEvent(db: TenantDatabase, event: Written, maker: Maker): Promise<void> {
  const { id, visibility, reminderMinutes, lastOn } = event;
  const { firstAt, lastAt } = spanOf(event);
  const { allDay, starts, ends, timeZone } = timesOf(event.when);
  await db.run(sql`
    insert into calendar_events (
      id, account_id, agent_id, title, description, place, search_tags, visibility, all_day, starts, ends, time_zone,
      recurrence, last_on, first_at, last_at, reminder_minutes
    )
    values (
      ${id}, ${maker.accountId}, ${maker.agentId}, ${db.seal('calendar_events.title', id, event.title)},
      ${db.seal('calendar_events.description', id, event.description)},
      ${db.seal('calendar_events.place', id, event.place)}, ${tagsFor(db, event)}, ${visibility}, ${allDay}, ${starts},
      ${ends}, ${timeZone}, ${event.rule && formatRule(event.rule)}, ${lastOn === null ? null : isoDay(lastOn)},
      ${firstAt}, ${lastAt}, ${reminderMinutes}
    )
  `);
}

/** Makes it the next version. */
export async function updateEventRow(db: TenantDatabase, event: Written): Promise<void> {
  const { id, visibility, reminderMinutes, lastOn } = event;
  const { firstAt, lastAt } = spanOf(event);
  const { allDay, starts, ends, timeZone } = timesOf(event.when);
  await db.run(sql`
    update calendar_events
    set title = ${db.seal('calendar_events.title', id, event.title)},
      description = ${db.seal('calendar_events.description', id, event.description)},
      place = ${db.seal('calendar_events.place', id, event.place)},
      search_tags = ${tagsFor(db, event)}, visibility = ${visibility}, all_day = ${allDay}, starts = ${starts},
      ends = ${ends}, time_zone = ${timeZone}, recurrence = ${event.rule && formatRule(event.rule)},
      last_on = ${lastOn === null ? null : isoDay(lastOn)}, first_at = ${firstAt}, last_at = ${lastAt},
      reminder_minutes = ${reminderMinutes}, cancelled_at = ${event.cancelledAt}, version = version + 1,
      updated_at = now()
    where id = ${id}
  `);
}

function tagsFor(db: TenantDatabase, { title, place, description, exceptions }: Written): Buffer[] {
  const changed = exceptions.map((exception) => `${exception.changed?.title ?? ''} ${exception.changed?.place ?? ''}`);
  return tagsOf(db, [title, place, description, ...changed].join('\n'));
}

export async function deleteEventRow(db: TenantDatabase, id: string): Promise<void> {
  await db.run(sql`delete from calendar_events where id = ${id}`);
}

/** Instead of those that it has. */
export async function replaceExceptions(
  db: TenantDatabase,
  id: string,
  exceptions: readonly Exception[],
): Promise<void> {
  await db.run(sql`delete from calendar_occurrences where event_id = ${id}`);
  for (const { on, changed } of exceptions) {
    const onDay = isoDay(on);
    const place = `${id}|${onDay}`;
    const times = changed && timesOf(changed.when);
    await db.run(sql`
      insert into calendar_occurrences (
        event_id, on_day, state, title, description, place, all_day, starts, ends, time_zone
      )
      values (
        ${id}, ${onDay}, ${changed ? 'changed' : 'cancelled'},
        ${changed && db.seal('calendar_occurrences.title', place, changed.title)},
        ${changed && db.seal('calendar_occurrences.description', place, changed.description)},
        ${changed && db.seal('calendar_occurrences.place', place, changed.place)},
        ${times?.allDay ?? null}, ${times?.starts ?? null}, ${times?.ends ?? null}, ${times?.timeZone ?? null}
      )
    `);
  }
}
