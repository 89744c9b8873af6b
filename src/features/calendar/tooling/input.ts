import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { shared } from '../../../database/shared.js';
import { Invalid } from '../../../errors.js';
import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import { listMembers } from '../../members/queries.js';
import { type CalendarEvent, type Settings, scopes, visibilities, type When } from '../event.js';
import { Description, Place, ReminderMinutes, Title } from '../form/form.js';
import { instantsOf, type Occurrence } from '../occurrences.js';
import { Zone } from '../preferences/preferences.js';
import { getPreferences } from '../preferences/queries.js';
import { formatRule, parseRule } from '../recurrence/rule.js';
import { type Day, isoDay, parseDay } from '../time/day.js';
import { parseWall } from '../time/wall.js';
import { wallAt } from '../time/zone.js';

const Moment = z
  .string()
  .max(30)
  .refine((text) => momentIn(text) !== undefined, 'Write 2026-11-23T10:00, or 2026-11-23 for whole days.');
const IsoDay = z.string().refine((text) => parseDay(text) !== undefined, 'Write a date such as 2026-11-23.');

const common = {
  description: Description.optional().describe('Markdown'),
  place: Place.optional(),
  ends: Moment.optional().describe(
    'Like starts. Without it an hour later; for whole days the last day, by itself the same',
  ),
  timeZone: z.string().max(60).optional().describe('IANA name such as Europe/Berlin. Without it, that of the person'),
  recurrence: z
    .string()
    .max(200)
    .optional()
    .describe('RRULE of RFC 5545, such as FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10. Empty for an event that does not repeat'),
  visibility: z
    .enum(visibilities)
    .optional()
    .describe('team: seen by everybody. private: by its owner and who is invited'),
  attendees: z.array(z.string().max(100)).max(200).optional().describe('Usernames of the members to invite'),
  reminderMinutes: ReminderMinutes.nullable().optional().describe('How long before the start people are reminded'),
};
const startsText = 'Local time such as 2026-11-23T10:00, or a date such as 2026-11-23 for whole days';

export const NewEvent = z.object({ title: Title, starts: Moment.describe(startsText), ...common });

const OneEvent = z.object({ event: z.uuid().describe('The id of the event, as list_events gives it') });
export const OneOccurrence = OneEvent.extend({
  on: IsoDay.optional().describe('Of a series: the day `on` of the occurrence that is meant, as list_events gives it'),
});
const Seen = OneEvent.extend({ version: z.number().int().min(1).optional().describe('As it was when you looked') });
export const WholeEvent = Seen;
export const MeantEvent = Seen.extend({
  on: OneOccurrence.shape.on,
  scope: z.enum(scopes).default('one').describe('Of a series: this occurrence, it and all that follow, or all'),
});
export const ChangedEvent = MeantEvent.extend({
  title: Title.optional(),
  starts: Moment.optional().describe(startsText),
  ...common,
});

export const editingOf = ({ event: id, on, scope, version: seen }: z.infer<typeof MeantEvent>) => ({
  ...{ id, scope, seen },
  on: on === undefined ? undefined : parseDay(on),
});

/** A whole day has no minutes. */
function momentIn(text: string): { day: Day; minutes?: number } | undefined {
  const day = parseDay(text.trim());
  return day === undefined ? parseWall(text.trim()) : { day };
}

type Given = z.infer<typeof ChangedEvent>;
type Where = { db: TenantDatabase; context: TenantContext };

/** What an agent asked for, as a person would have entered it. */
export async function settingsForNew(where: Where, given: z.infer<typeof NewEvent>): Promise<Settings> {
  const { timeZone } = await getPreferences(where.db, accountOf(where.context.actor));
  const when = whenFrom({ ...given, timeZone: given.timeZone ?? timeZone });
  return {
    title: given.title,
    description: given.description ?? '',
    place: given.place ?? '',
    when,
    rule: given.recurrence ? parseRule(given.recurrence, { zone: when.zone, ...when.from }) : null,
    visibility: given.visibility ?? 'team',
    attendees: await accountsOf(where.context, given.attendees ?? []),
    reminderMinutes: given.reminderMinutes ?? null,
  };
}

/** What is not given stays as it is. */
export async function settingsForChange(
  { context }: Where,
  given: Omit<Given, 'event' | 'scope'>,
  { event, occurrence }: { event: CalendarEvent; occurrence: Occurrence },
): Promise<Settings> {
  const { title, description, place } = { ...(occurrence.own ?? event), ...definedOf(given) };
  const when = given.starts || given.ends || given.timeZone ? changedWhen(given, occurrence.when) : occurrence.when;
  const { recurrence } = given;
  const rule =
    recurrence === undefined ? event.rule : recurrence && parseRule(recurrence, { zone: when.zone, ...when.from });
  return {
    ...{ title, description, place, when, rule: rule || null },
    visibility: given.visibility ?? event.visibility,
    attendees: given.attendees ? await accountsOf(context, given.attendees) : event.attendees,
    reminderMinutes: given.reminderMinutes === undefined ? event.reminderMinutes : given.reminderMinutes,
  };
}

function definedOf({ title, description, place }: Pick<Given, 'title' | 'description' | 'place'>) {
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(place !== undefined && { place }),
  };
}

/** A new start alone keeps the length. */
function changedWhen({ starts, ends, timeZone }: Pick<Given, 'starts' | 'ends' | 'timeZone'>, before: When): When {
  const write = ({ day, minutes }: When['from']) =>
    before.allDay
      ? isoDay(day)
      : `${isoDay(day)}T${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const when = whenFrom({ starts: starts ?? write(before.from), ends, timeZone: timeZone ?? before.zone });
  if (ends !== undefined || when.allDay !== before.allDay) return when;
  if (when.allDay) return { ...when, to: { ...when.to, day: when.from.day + before.to.day - before.from.day } };
  const { startsAt, endsAt } = instantsOf(before);
  return { ...when, to: wallAt(when.zone, instantsOf(when).startsAt + endsAt - startsAt) };
}

function whenFrom(given: { starts: string; ends?: string | undefined; timeZone: string }): When {
  const zone = Zone.safeParse(given.timeZone);
  if (!zone.success) throw new Invalid('There is no such time zone. Use a name such as Europe/Berlin.');
  const from = momentIn(given.starts);
  const to = given.ends === undefined ? undefined : momentIn(given.ends);
  if (!from) throw new Invalid('Write the start as 2026-11-23T10:00.');
  if (to && (to.minutes === undefined) !== (from.minutes === undefined)) {
    throw new Invalid('Write start and end in the same way: both with a time, or both as dates.');
  }
  if (from.minutes === undefined) {
    return {
      allDay: true,
      zone: zone.data,
      from: { ...from, minutes: 0 },
      to: { day: to?.day ?? from.day, minutes: 0 },
    };
  }
  const start = { day: from.day, minutes: from.minutes };
  if (to?.minutes !== undefined)
    return { allDay: false, zone: zone.data, from: start, to: { day: to.day, minutes: to.minutes } };
  const { startsAt } = instantsOf({ allDay: false, zone: zone.data, from: start, to: start });
  return { allDay: false, zone: zone.data, from: start, to: wallAt(zone.data, startsAt + 3_600_000) };
}

async function accountsOf({ tenant }: TenantContext, usernames: readonly string[]): Promise<string[]> {
  if (usernames.length === 0) return [];
  const members = await listMembers(shared(), tenant.id);
  const known = new Map(members.map(({ username, accountId }) => [username.toLowerCase(), accountId]));
  return usernames.map((username) => {
    const accountId = known.get(username.replace(/^@/, '').toLowerCase());
    if (accountId) return accountId;
    throw new Invalid(`Nobody here has the username “${username.slice(0, 50)}”.`);
  });
}

export const ruleText = ({ rule }: Pick<CalendarEvent, 'rule'>): string | null => rule && formatRule(rule);
