import type { TenantDatabase } from '../../../database/database.js';
import { enqueueJob } from '../../../jobs/job.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenant } from '../../../tenancy/in-tenant.js';
import { notify } from '../../notifications/notify.js';
import type { CalendarEvent } from '../event.js';
import type { Occurrence } from '../occurrences.js';
import { lockForReminders } from '../queries.js';
import { isoDay } from '../time/day.js';
import { clockTime } from '../time/wall.js';
import { dateWords } from '../time/words.js';
import { dueOccurrences, nextReminderAt } from './due.js';
import { insertReminder } from './queries.js';

/** One job per event: another change of it puts it off or brings it forward. */
export async function scheduleReminder(db: TenantDatabase, event: CalendarEvent, now = Date.now()): Promise<void> {
  const at = dueOccurrences(event, now).length > 0 ? now : nextReminderAt(event, now);
  if (at !== undefined) await enqueue(db, event.id, at);
}

function enqueue(db: TenantDatabase, id: string, at: number): Promise<void> {
  return enqueueJob(db, 'calendar.remind', { eventId: id }, { key: `calendar ${id}`, at: new Date(at) });
}

/**
 * Tells the owner and who did not decline. The row that says so, the notifications and the next job are one transaction,
 * so a worker that dies leaves either all of them or none, and two at once find the row of the first.
 */
export async function remind(context: TenantContext, id: string, now = Date.now()): Promise<void> {
  await inTenant(context, 'calendar.update', async (db) => {
    const event = await lockForReminders(db, id);
    if (!event || event.cancelledAt) return;
    for (const occurrence of dueOccurrences(event, now)) await tell(db, context, event, occurrence);
    const next = nextReminderAt(event, now);
    if (next !== undefined) await enqueue(db, id, next);
  });
}

async function tell(db: TenantDatabase, context: TenantContext, event: CalendarEvent, occurrence: Occurrence) {
  if (!(await insertReminder(db, event.id, occurrence.startsAt))) return;
  const coming = event.people.filter(({ answer }) => answer !== 'no').map(({ accountId }) => accountId);
  const declined = event.people.some(({ accountId, answer }) => accountId === event.ownerId && answer === 'no');
  const to = declined ? coming : [event.ownerId, ...coming];
  const subject = { kind: 'calendar-event', id: event.id };
  const path = `/calendar/events/${event.id}${event.rule ? `?on=${isoDay(occurrence.on)}` : ''}`;
  await notify(db, context, { to, kind: 'reminder', subject, title: titleFor(event, occurrence), path });
  const details = { on: isoDay(occurrence.on), people: new Set(to).size };
  await recordEvent(db, context, { category: 'calendar', event: 'calendar-event.reminded', subject, details });
}

function titleFor(event: CalendarEvent, { when, own }: Occurrence): string {
  const title = own?.title ?? event.title;
  const day = dateWords(when.from.day);
  return when.allDay ? `${title}: ${day}` : `${title}: ${day}, ${clockTime(when.from.minutes)} ${when.zone}`;
}
