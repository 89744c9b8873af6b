import type { TenantDatabase } from '../../database/database.js';
import type { TenantContext } from '../../tenancy/context.js';
import { tellChange } from '../notifications/changes/queries.js';
import { notifyMentions } from '../notifications/mentions.js';
import { notify } from '../notifications/notify.js';
import type { CalendarEvent } from './event.js';

/** So that open calendars look again: of what is private only those of its owner and of who is, or was, invited. */
export function tellCalendars(db: TenantDatabase, event: CalendarEvent, before = event): Promise<void> {
  const isTeam = [event, before].some(({ visibility }) => visibility === 'team');
  const people = [event, before].flatMap(({ ownerId, attendees }) => [ownerId, ...attendees]);
  return tellChange(db, { kind: 'event', id: event.id, to: isTeam ? undefined : [...new Set(people)] });
}

const subjectOf = ({ id }: CalendarEvent) => ({ kind: 'calendar-event', id });
const pathOf = ({ id }: CalendarEvent) => `/calendar/events/${id}`;

/** Tells who is newly invited, who is mentioned, and, when it takes place at another time, who was invited before. */
export async function tellOfChange(
  db: TenantDatabase,
  context: TenantContext,
  event: CalendarEvent,
  before?: CalendarEvent,
) {
  const known = new Set(before?.attendees ?? []);
  const about = { subject: subjectOf(event), path: pathOf(event) };
  const added = event.attendees.filter((id) => !known.has(id));
  await notify(db, context, { ...about, to: added, kind: 'assigned', title: `Invitation: ${event.title}` });
  if (before && isMoved(before, event)) {
    const to = [event.ownerId, ...event.attendees.filter((id) => known.has(id))];
    await notify(db, context, { ...about, to, kind: 'assigned', title: `Another time: ${event.title}` });
  }
  const maySee = event.visibility === 'private' ? { maySee: [event.ownerId, ...event.attendees] } : {};
  const texts = { text: event.description, ...(before ? { before: before.description } : {}) };
  await notifyMentions(db, context, { ...about, ...texts, ...maySee, title: event.title });
}

/** Says to all who would have come that it, or one of its occurrences, does not take place or does after all. */
export async function tellAll(db: TenantDatabase, context: TenantContext, event: CalendarEvent, words: string) {
  const to = [event.ownerId, ...event.people.filter(({ answer }) => answer !== 'no').map(({ accountId }) => accountId)];
  const about = { subject: subjectOf(event), path: pathOf(event) };
  await notify(db, context, { ...about, to, kind: 'assigned', title: `${words}: ${event.title}` });
}

/** Whether who is invited has to look again: at other hours, on other days, in another zone. Not when it merely ends. */
export function isMoved(before: CalendarEvent, event: CalendarEvent): boolean {
  const sameDay = before.id !== event.id || before.when.from.day === event.when.from.day;
  return !sameDay || clockOf(before) !== clockOf(event);
}

function clockOf({ when: { allDay, zone, from, to }, rule }: CalendarEvent): string {
  const { count: _, until: __, ...pattern } = rule ?? { count: 0, until: 0 };
  return JSON.stringify([allDay, zone, from.minutes, to.minutes, to.day - from.day, pattern]);
}
