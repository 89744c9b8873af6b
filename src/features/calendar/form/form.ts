import { z } from 'zod';
import { mostReminderMinutes, type Settings, visibilities, type When } from '../event.js';
import { Zone } from '../preferences/preferences.js';
import { mostInterval, mostOccurrences, type Rule } from '../recurrence/rule.js';
import { type Day, parseDay, partsOf, type Weekday, weekdayOf } from '../time/day.js';
import { parseWall } from '../time/wall.js';

/** How a form asks for a rule: for months it is the start that says which day. */
export const repeats = [
  'never',
  'day',
  'week',
  'month-date',
  'month-weekday',
  'month-last-weekday',
  'month-end',
  'year',
] as const;

const Several = z
  .union([z.array(z.string()), z.string().transform((one) => [one])])
  .optional()
  .transform((list) => [...new Set(list ?? [])]);
const Whole = (name: string, most: number) =>
  z.coerce
    .number(`Choose a number for ${name}.`)
    .int()
    .min(1, `Choose at least 1 for ${name}.`)
    .max(most, `Choose at most ${most}.`);
const Dated = (message: string) =>
  z.string(message).transform((text, checked): Day => {
    const day = parseDay(text);
    if (day !== undefined) return day;
    checked.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
const Blank = z.literal('').transform(() => undefined);

/** Also for tools: one set of limits for people and agents. */
export const Title = z
  .string('Give it a title.')
  .trim()
  .min(1, 'Give it a title.')
  .max(200, 'Use at most 200 characters.');
export const Description = z.string().trim().max(20_000, 'Use at most 20,000 characters.');
export const Place = z.string().trim().max(300, 'Use at most 300 characters.');
export const Attendees = z.array(z.uuid('Choose members of this workspace.'));
export const ReminderMinutes = z.coerce.number().int().min(0).max(mostReminderMinutes);

const Fields = z.object({
  title: Title,
  description: Description.default(''),
  place: Place.default(''),
  allDay: z.literal('on').optional(),
  startDate: Dated('Choose the day on which it starts.'),
  startTime: z.string().default(''),
  endDate: Blank.or(Dated('Choose the day on which it ends.')).optional(),
  endTime: z.string().default(''),
  timeZone: Zone,
  repeat: z.enum(repeats).default('never'),
  interval: Whole('the interval', mostInterval).catch(1),
  weekdays: Several.pipe(
    z.array(
      z
        .string()
        .regex(/^[0-6]$/)
        .transform(Number),
    ),
  ),
  ends: z.enum(['never', 'on', 'after']).default('never'),
  until: Blank.or(Dated('Choose the last day.')).optional(),
  count: Blank.or(Whole('how often', mostOccurrences)).optional(),
  visibility: z.enum(visibilities, 'Choose who sees it.').default('team'),
  attendees: Several.pipe(Attendees),
  reminder: z.union([z.literal('').transform(() => null), ReminderMinutes]).default(null),
});
type Fields = z.infer<typeof Fields>;

/** What a person entered. Which of the rule's fields count depends on the others. */
export const EventDraft = Fields.transform((fields, checked): Settings => {
  const refuse = (field: keyof Fields, message: string) => checked.addIssue({ code: 'custom', path: [field], message });
  const { title, description, place, visibility, attendees, reminder: reminderMinutes } = fields;
  const when = whenFrom(fields, refuse);
  const rule = ruleFrom(fields, refuse);
  return when ? { title, description, place, visibility, attendees, reminderMinutes, when, rule } : z.NEVER;
});

type Refuse = (field: keyof Fields, message: string) => void;

function whenFrom(fields: Fields, refuse: Refuse): When | undefined {
  const { startDate, timeZone: zone } = fields;
  const endDate = fields.endDate ?? startDate;
  if (fields.allDay) {
    return { allDay: true, zone, from: { day: startDate, minutes: 0 }, to: { day: endDate, minutes: 0 } };
  }
  const [start, end] = [minutesOf(fields.startTime), minutesOf(fields.endTime || fields.startTime)];
  if (start === undefined) refuse('startTime', 'Choose the time at which it starts, or the whole day.');
  if (start !== undefined && end === undefined) refuse('endTime', 'Choose the time at which it ends.');
  if (start === undefined || end === undefined) return undefined;
  return { allDay: false, zone, from: { day: startDate, minutes: start }, to: { day: endDate, minutes: end } };
}

const minutesOf = (time: string): number | undefined => parseWall(`2000-01-01T${time}`)?.minutes;

function ruleFrom(fields: Fields, refuse: Refuse): Rule | null {
  const { repeat, interval, startDate, ends, until, count } = fields;
  if (repeat === 'never') return null;
  if (ends === 'on' && until === undefined) refuse('until', 'Choose the last day.');
  if (ends === 'after' && count === undefined) refuse('count', 'Choose how often it takes place.');
  const ending = {
    ...(ends === 'on' && until !== undefined && { until }),
    ...(ends === 'after' && count !== undefined && { count }),
  };
  const common = { interval, weekdays: [], weekStart: 0, ...ending } as const;
  if (repeat === 'day' || repeat === 'year') return { ...common, every: repeat };
  if (repeat === 'week') {
    const chosen = fields.weekdays.length > 0 ? (fields.weekdays as Weekday[]) : [weekdayOf(startDate)];
    return { ...common, every: 'week', weekdays: [...chosen].sort() };
  }
  return { ...common, every: 'month', on: onDay(repeat, startDate) };
}

function onDay(
  repeat: 'month-date' | 'month-weekday' | 'month-last-weekday' | 'month-end',
  day: Day,
): NonNullable<Rule['on']> {
  const { date } = partsOf(day);
  if (repeat === 'month-date') return { date };
  if (repeat === 'month-end') return { date: -1 };
  return { nth: repeat === 'month-weekday' ? Math.ceil(date / 7) : -1, weekday: weekdayOf(day) };
}
