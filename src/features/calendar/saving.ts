import type { TenantDatabase } from '../../database/database.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { replaceAttendees } from './attendees/queries.js';
import type { CalendarEvent } from './event.js';
import { type Change, insertVersion } from './history/queries.js';
import { snapshotOf } from './history/snapshot.js';
import { getEvent, replaceExceptions, updateEventRow, type Written } from './queries.js';
import { scheduleReminder } from './reminders/remind.js';
import { tellCalendars } from './telling.js';

export interface Saving {
  readonly before: CalendarEvent;
  readonly after: Written;
  readonly change: Change;
  /** Facts for the audit. */
  readonly details?: Readonly<Record<string, string | number | boolean | null>>;
  /** The event that has the rest of a series which was split. */
  readonly continuedBy?: string;
}

/** Every change of an event: what it was is kept, what it is becomes the next version, and the audit knows. */
export async function saveChange(db: TenantDatabase, context: TenantContext, saving: Saving): Promise<CalendarEvent> {
  const { before, after, change, details, continuedBy } = saving;
  const { id, version } = before;
  await insertVersion(db, context, { id, version, change, snapshot: snapshotOf(before, continuedBy) });
  await updateEventRow(db, after);
  await replaceExceptions(db, id, after.exceptions);
  await replaceAttendees(db, id, after.attendees);
  await recordEvent(db, context, {
    category: 'calendar',
    event: `calendar-event.${change}`,
    subject: { kind: 'calendar-event', id },
    details: { version: version + 1, ...details },
  });
  const event = await getEvent(db, accountOf(context.actor), id);
  await scheduleReminder(db, event);
  await tellCalendars(db, event, before);
  return event;
}
