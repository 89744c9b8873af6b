import { z } from 'zod';
import { type CalendarEvent, scopes } from '../event.js';
import type { Occurrence } from '../occurrences.js';
import type { Preferences } from '../preferences/preferences.js';
import type { Rule } from '../recurrence/rule.js';
import { type Day, isoDay } from '../time/day.js';
import { clockTime } from '../time/wall.js';
import { wallAt } from '../time/zone.js';
import type { repeats } from './form.js';

/** Beside the fields of the event itself: which version was seen, and what is meant by "it". */
export const Meant = z.object({
  version: z.coerce.number().int().min(1).catch(0),
  scope: z.enum(scopes).catch('one'),
});

export interface FormValues {
  readonly [field: string]: string | string[];
}

/** A new event: on a day, at the next full hour, for an hour. */
export function valuesForNew({ timeZone }: Preferences, day: Day | undefined, now = Date.now()): FormValues {
  const next = wallAt(timeZone, now + 3_600_000);
  const start = { day: day ?? next.day, minutes: Math.floor(next.minutes / 60) * 60 };
  const isLate = start.minutes === 23 * 60;
  return {
    startDate: isoDay(start.day),
    startTime: clockTime(start.minutes),
    endDate: isoDay(start.day),
    endTime: clockTime(isLate ? start.minutes + 30 : start.minutes + 60),
    timeZone,
    visibility: 'team',
    repeat: 'never',
    interval: '1',
    ends: 'never',
    reminder: '',
  };
}

/** As an event is, or the occurrence of it that is meant. */
export function valuesOf(event: CalendarEvent, { when, own }: Occurrence): FormValues {
  const { title, description, place } = own ?? event;
  const { visibility, attendees, reminderMinutes, version } = event;
  return {
    ...{ title, description, place, visibility, attendees: [...attendees] },
    ...(when.allDay && { allDay: 'on' }),
    startDate: isoDay(when.from.day),
    startTime: when.allDay ? '' : clockTime(when.from.minutes),
    endDate: isoDay(when.to.day),
    endTime: when.allDay ? '' : clockTime(when.to.minutes),
    timeZone: when.zone,
    reminder: reminderMinutes === null ? '' : String(reminderMinutes),
    version: String(version),
    ...valuesOfRule(event.rule),
  };
}

function valuesOfRule(rule: Rule | null): FormValues {
  if (!rule) return { repeat: 'never', interval: '1', ends: 'never' };
  const { count, until } = rule;
  return {
    repeat: repeatOf(rule),
    interval: String(rule.interval),
    weekdays: rule.weekdays.map(String),
    ends: count !== undefined ? 'after' : until !== undefined ? 'on' : 'never',
    count: count === undefined ? '' : String(count),
    until: until === undefined ? '' : isoDay(until),
  };
}

function repeatOf({ every, on }: Rule): (typeof repeats)[number] {
  if (every !== 'month') return every;
  if (!on || 'date' in on) return on?.date === -1 ? 'month-end' : 'month-date';
  return on.nth === -1 ? 'month-last-weekday' : 'month-weekday';
}
