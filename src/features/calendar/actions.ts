import type { TenantDatabase } from '../../database/database.js';
import { newId } from '../../database/id.js';
import { Forbidden, NotFound } from '../../errors.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenant } from '../../tenancy/in-tenant.js';
import { checkAttendees, checkSeen, demandMayChange, viewerIn } from './access.js';
import { replaceAttendees, saveAnswer } from './attendees/queries.js';
import type { Answer, CalendarEvent, Settings } from './event.js';
import { deleteEventRow, getEvent, insertEvent, lockEvent, replaceExceptions, type Written } from './queries.js';
import { scheduleReminder } from './reminders/remind.js';
import { settle } from './settle.js';
import { tellAll, tellCalendars, tellOfChange } from './telling.js';

/** On whose authority somebody acts: an event belongs to a person, who may have let an agent make it. */
export function ownerIn({ actor }: TenantContext): string {
  const account = accountOf(actor);
  if (!account) throw new Forbidden('An event belongs to a member.');
  return account;
}

export function createEvent(context: TenantContext, settings: Settings): Promise<CalendarEvent> {
  return inTenant(context, 'calendar.create', (db) => createEventIn(db, context, settings));
}

export async function createEventIn(
  db: TenantDatabase,
  context: TenantContext,
  settings: Settings,
): Promise<CalendarEvent> {
  await checkAttendees(context, settings);
  const event = { ...settle(settings), id: newId(), exceptions: [], cancelledAt: null };
  return placeEvent(db, context, { event, ownerId: ownerIn(context) });
}

interface Placing {
  readonly event: Written;
  readonly ownerId: string;
  /** The event of which it is the rest. */
  readonly continues?: CalendarEvent;
}

/** Writes a new event down, tells who is invited and sets its reminder. */
export async function placeEvent(db: TenantDatabase, context: TenantContext, placing: Placing): Promise<CalendarEvent> {
  const { event, ownerId, continues } = placing;
  const { actor } = context;
  const agentId = actor.kind === 'agent' ? actor.agentId : (continues?.agent?.id ?? null);
  await insertEvent(db, event, { accountId: ownerId, agentId });
  await replaceExceptions(db, event.id, event.exceptions);
  await replaceAttendees(db, event.id, event.attendees);
  const { visibility, attendees, rule } = event;
  await recordEvent(db, context, {
    category: 'calendar',
    event: 'calendar-event.created',
    subject: { kind: 'calendar-event', id: event.id },
    details: {
      visibility,
      people: attendees.length,
      repeats: rule !== null,
      ...(continues && { continues: continues.id }),
    },
  });
  const made = await getEvent(db, ownerIn(context), event.id);
  await tellOfChange(db, context, made, continues);
  await scheduleReminder(db, made);
  await tellCalendars(db, made);
  return made;
}

export function deleteEvent(context: TenantContext, id: string, seen?: number): Promise<void> {
  return inTenant(context, 'calendar.delete', async (db) => {
    await deleteEventIn(db, context, { id, seen });
  });
}

/** For good, the whole series. Answers what it was. */
export async function deleteEventIn(
  db: TenantDatabase,
  context: TenantContext,
  { id, seen }: { id: string; seen?: number | undefined },
): Promise<CalendarEvent> {
  const event = await lockEvent(db, viewerIn(context), id);
  demandMayChange(context, event);
  checkSeen(event, seen);
  await deleteEventRow(db, id);
  await recordEvent(db, context, {
    category: 'calendar',
    event: 'calendar-event.deleted',
    subject: { kind: 'calendar-event', id },
    details: { people: event.attendees.length, repeats: event.rule !== null },
  });
  if (!event.cancelledAt) await tellAll(db, context, event, 'Deleted');
  await tellCalendars(db, event);
  return event;
}

/** Going, maybe or not: for oneself, and only who is invited. */
export function answerInvitation(context: TenantContext, id: string, answer: Answer): Promise<void> {
  return inTenant(context, 'calendar.read', async (db) => {
    const accountId = ownerIn(context);
    const event = await getEvent(db, accountId, id);
    const saved = await saveAnswer(db, id, { accountId, answer });
    if (saved === 0) throw new NotFound('You are not invited to this event.');
    const subject = { kind: 'calendar-event', id };
    await recordEvent(db, context, {
      category: 'calendar',
      event: 'calendar-event.answered',
      subject,
      details: { answer },
    });
    await tellCalendars(db, event);
  });
}
