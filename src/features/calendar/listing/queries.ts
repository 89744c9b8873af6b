import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { empty, join, type Sql, sql } from '../../../database/sql.js';
import { type Answer, answers, type CalendarEvent, type Exception, type Viewer } from '../event.js';
import type { Window } from '../occurrences.js';
import { seriesColumns, visibleTo } from '../queries.js';
import { dayOrNull, ruleOf, SeriesRow, TimesRow, whenOf } from '../rows.js';
import { tagsToFind } from '../search-tags.js';
import { parseDay } from '../time/day.js';

export const whose = ['all', 'mine', 'agents'] as const;

export interface Filter {
  readonly window: Window;
  readonly who: (typeof whose)[number];
  /** Words, as typed; none for everything. */
  readonly query: string;
}

/** What lists show of an event: its longer texts stay closed. */
export type ListedEvent = Pick<
  CalendarEvent,
  | 'id'
  | 'ownerId'
  | 'agent'
  | 'title'
  | 'place'
  | 'when'
  | 'rule'
  | 'lastOn'
  | 'visibility'
  | 'cancelledAt'
  | 'exceptions'
  | 'version'
> & {
  /** The viewer's own; undefined when they are not invited. */
  readonly answer: Answer | undefined;
};

/** A bound for a page: nobody reads more, and a window is made smaller instead. */
export const mostEvents = 5_000;

const ListedRow = SeriesRow.extend({ answer: z.enum(answers).nullable() });

/** Events whose series touches the window, by the index over their spans; `Window` narrows its occurrences down later. */
export async function listEvents(db: TenantDatabase, viewer: Viewer, filter: Filter): Promise<ListedEvent[]> {
  const { startsAt, endsAt } = filter.window;
  const rows = await db.many(
    ListedRow,
    sql`
      select ${seriesColumns}, mine.answer
      from calendar_events e
      left join agents g on g.id = e.agent_id
      left join calendar_attendees mine on mine.event_id = e.id and mine.account_id = ${viewer ?? null}::uuid
      where e.span && tstzrange(${new Date(startsAt)}, ${new Date(endsAt)}, '[]')
        and ${visibleTo(viewer)}
        ${chosen(filter, viewer)}
        ${found(db, filter.query)}
      order by e.first_at desc, e.id
      limit ${mostEvents}
    `,
  );
  const repeating = rows.filter(({ recurrence }) => recurrence !== null).map(({ id }) => id);
  const exceptions = repeating.length > 0 ? await listExceptions(db, repeating) : new Map<string, Exception[]>();
  return rows.map((row) => {
    const when = whenOf(row);
    return {
      id: row.id,
      ownerId: row.accountId,
      agent: row.agentId && row.agentName !== null ? { id: row.agentId, name: row.agentName } : null,
      title: db.openText('calendar_events.title', row.id, row.title),
      place: db.openText('calendar_events.place', row.id, row.place),
      when,
      rule: ruleOf(row.recurrence, when),
      lastOn: dayOrNull(row.lastOn),
      visibility: row.visibility,
      cancelledAt: row.cancelledAt,
      version: row.version,
      exceptions: exceptions.get(row.id) ?? [],
      answer: row.answer ?? undefined,
    };
  });
}

function chosen({ who }: Filter, viewer: Viewer): Sql {
  if (who === 'agents') return sql`and e.agent_id is not null`;
  return who === 'mine' ? sql`and (e.account_id = ${viewer ?? null}::uuid or mine.answer <> 'no')` : empty;
}

function found(db: TenantDatabase, query: string): Sql {
  const words = query === '' ? [] : tagsToFind(db, query);
  if (query !== '' && words.length === 0) return sql`and false`;
  if (words.length === 0) return empty;
  return sql`and ${join(
    words.map((tags) => sql`e.search_tags && ${tags}::bytea[]`),
    ' and ',
  )}`;
}

const ShortException = z.union([
  z.object({ eventId: z.uuid(), onDay: z.string(), state: z.literal('cancelled') }),
  TimesRow.extend({
    eventId: z.uuid(),
    onDay: z.string(),
    state: z.literal('changed'),
    title: z.instanceof(Buffer),
    place: z.instanceof(Buffer),
  }),
]);

async function listExceptions(db: TenantDatabase, ids: readonly string[]): Promise<Map<string, Exception[]>> {
  const rows = await db.many(
    ShortException,
    sql`
      select o.event_id, o.on_day, o.state, o.title, o.place, o.all_day, o.starts, o.ends, o.time_zone
      from calendar_occurrences o
      where o.event_id = any (${ids}::uuid[])
    `,
  );
  const exceptions = new Map<string, Exception[]>();
  for (const row of rows) {
    const known = exceptions.get(row.eventId) ?? [];
    exceptions.set(row.eventId, known);
    const on = parseDay(row.onDay) ?? 0;
    if (row.state === 'cancelled') {
      known.push({ on, changed: null });
      continue;
    }
    const place = `${row.eventId}|${row.onDay}`;
    const title = db.openText('calendar_occurrences.title', place, row.title);
    const where = db.openText('calendar_occurrences.place', place, row.place);
    known.push({ on, changed: { title, description: '', place: where, when: whenOf(row) } });
  }
  return exceptions;
}
