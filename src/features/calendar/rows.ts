import { z } from 'zod';
import { answers, visibilities, type When } from './event.js';
import { parseRule, type Rule } from './recurrence/rule.js';
import { type Day, isoDay, parseDay } from './time/day.js';
import { isoWall, parseWall } from './time/wall.js';

/** How the times of an event stand in its row, and how they are read from it. */
export const TimesRow = z.object({
  allDay: z.boolean(),
  starts: z.string(),
  ends: z.string(),
  timeZone: z.string(),
});
export type TimesRow = z.infer<typeof TimesRow>;

export const SeriesRow = TimesRow.extend({
  id: z.uuid(),
  accountId: z.uuid(),
  agentId: z.uuid().nullable(),
  agentName: z.string().nullable(),
  title: z.instanceof(Buffer),
  place: z.instanceof(Buffer),
  visibility: z.enum(visibilities),
  recurrence: z.string().nullable(),
  lastOn: z.string().nullable(),
  cancelledAt: z.date().nullable(),
  version: z.number(),
});

export const EventRow = SeriesRow.extend({
  description: z.instanceof(Buffer),
  reminderMinutes: z.number().nullable(),
  createdAt: z.date(),
  updatedAt: z.date(),
});

const Changed = z.object({
  title: z.instanceof(Buffer),
  description: z.instanceof(Buffer),
  place: z.instanceof(Buffer),
});

export const ExceptionRow = z.union([
  z.object({ eventId: z.uuid(), onDay: z.string(), state: z.literal('cancelled') }),
  TimesRow.extend(Changed.shape).extend({ eventId: z.uuid(), onDay: z.string(), state: z.literal('changed') }),
]);

export const AttendeeRow = z.object({ accountId: z.uuid(), answer: z.enum(answers) });

export function timesOf({ allDay, zone, from, to }: When): TimesRow {
  const write = allDay ? ({ day }: { day: Day }) => isoDay(day) : isoWall;
  return { allDay, starts: write(from), ends: write(to), timeZone: zone };
}

export function whenOf({ allDay, starts, ends, timeZone }: TimesRow): When {
  const read = (text: string) => parseWall(allDay ? `${text}T00:00` : text) ?? { day: 0, minutes: 0 };
  return { allDay, zone: timeZone, from: read(starts), to: read(ends) };
}

export function ruleOf(recurrence: string | null, { zone, from }: When): Rule | null {
  return recurrence === null ? null : parseRule(recurrence, { zone, ...from });
}

export const dayOrNull = (text: string | null): Day | null => (text === null ? null : (parseDay(text) ?? null));
