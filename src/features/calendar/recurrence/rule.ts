import { Invalid } from '../../../errors.js';
import { type Day, partsOf as datePartsOf, isoDay, parseDay, type Weekday, weekdayOf } from '../time/day.js';
import { instantOf, type Wall, wallAt } from '../time/zone.js';

/** -1 counts from the end: the last day, the last Friday. */
export type OnDay = { readonly date: number } | { readonly nth: number; readonly weekday: Weekday };

/** When a series repeats: the subset of RFC 5545 §3.3.10 that people ask for. At most one occurrence a day. */
export interface Rule {
  readonly every: 'day' | 'week' | 'month' | 'year';
  readonly interval: number;
  /** For weeks, in order. */
  readonly weekdays: readonly Weekday[];
  /** The day with which a week begins: it matters when some are left out. */
  readonly weekStart: Weekday;
  /** For months. */
  readonly on?: OnDay;
  /** Occurrences in all, or the last day on which one may begin; without either it goes on. */
  readonly count?: number;
  readonly until?: Day;
}

/** Where the series begins: a rule leaves out what this says. */
export interface Beginning extends Wall {
  readonly zone: string;
}

export const mostOccurrences = 1000;
export const mostInterval = 400;
export const weekdayCodes = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;
const frequencies = { DAILY: 'day', WEEKLY: 'week', MONTHLY: 'month', YEARLY: 'year' } as const;
const names = { day: 'DAILY', week: 'WEEKLY', month: 'MONTHLY', year: 'YEARLY' } as const;
const understood = ['FREQ', 'INTERVAL', 'COUNT', 'UNTIL', 'BYDAY', 'BYMONTHDAY', 'BYMONTH', 'WKST'];

const refuse = (why: string) => new Invalid(why, { recurrence: why });

/** As kept, and as iCalendar has it: `FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10`. UNTIL is a date, the last that counts. */
export function formatRule({ every, interval, weekdays, weekStart, on, count, until }: Rule): string {
  const parts = [`FREQ=${names[every]}`];
  if (interval > 1) parts.push(`INTERVAL=${interval}`);
  if (weekdays.length > 0) parts.push(`BYDAY=${weekdays.map((weekday) => weekdayCodes[weekday]).join(',')}`);
  if (every === 'week' && interval > 1 && weekStart !== 0) parts.push(`WKST=${weekdayCodes[weekStart]}`);
  if (on) parts.push('date' in on ? `BYMONTHDAY=${on.date}` : `BYDAY=${on.nth}${weekdayCodes[on.weekday]}`);
  if (count !== undefined) parts.push(`COUNT=${count}`);
  if (until !== undefined) parts.push(`UNTIL=${isoDay(until).replaceAll('-', '')}`);
  return parts.join(';');
}

/** Throws Invalid, with what is not understood: a part that was left out silently would be another meeting. */
export function parseRule(text: string, beginning: Beginning): Rule {
  const parts = partsOf(text);
  const every = frequencies[parts.get('FREQ') as keyof typeof frequencies];
  if (!every) throw refuse('A recurrence is daily, weekly, monthly or yearly: FREQ=WEEKLY, for example.');
  const interval = wholeNumber(parts, 'INTERVAL', mostInterval) ?? 1;
  const count = wholeNumber(parts, 'COUNT', mostOccurrences);
  const until = untilOf(parts.get('UNTIL'), beginning);
  if (count !== undefined && until !== undefined)
    throw refuse('A recurrence ends after a number or on a date, not both.');
  const weekStart = weekdayNamed(parts.get('WKST') ?? 'MO');
  const ends = { ...(count === undefined ? {} : { count }), ...(until === undefined ? {} : { until }) };
  return { ...patternOf(every, parts, { interval, day: beginning.day }), interval, weekStart, ...ends };
}

function partsOf(text: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const part of text
    .trim()
    .replace(/^RRULE:/i, '')
    .toUpperCase()
    .split(';')) {
    const [name = '', value = '', more] = part.split('=');
    if (!understood.includes(name) || value === '' || more !== undefined || parts.has(name)) {
      throw refuse(`“${part.slice(0, 40)}” is not understood. Use ${understood.join(', ')}.`);
    }
    parts.set(name, value);
  }
  return parts;
}

type Pattern = Pick<Rule, 'every' | 'weekdays' | 'on'>;

function patternOf(
  every: Rule['every'],
  parts: Map<string, string>,
  { interval, day }: { interval: number; day: Day },
): Pattern {
  const [byDay, byDate] = [parts.get('BYDAY'), parts.get('BYMONTHDAY')];
  if (parts.has('BYMONTH')) throw refuse('Leave BYMONTH out: every year means the month of the first day.');
  if (byDate !== undefined && every !== 'month') throw refuse('BYMONTHDAY is for FREQ=MONTHLY.');
  if (byDay === undefined && byDate === undefined) {
    if (every === 'month') return { every, weekdays: [], on: { date: datePartsOf(day).date } };
    return { every, weekdays: every === 'week' ? [weekdayOf(day)] : [] };
  }
  if (every === 'month') {
    if (byDay !== undefined && byDate !== undefined) throw refuse('Use BYDAY or BYMONTHDAY, not both.');
    return { every, weekdays: [], on: byDate === undefined ? nthWeekday(byDay ?? '') : { date: dateNumber(byDate) } };
  }
  // On weekdays only, which is how some say "every working day".
  if (every === 'week' || (every === 'day' && interval === 1)) {
    const listed = (byDay ?? '').split(',').map(weekdayNamed);
    return { every: 'week', weekdays: [...new Set(listed)].sort() };
  }
  throw refuse('BYDAY is for FREQ=WEEKLY and FREQ=MONTHLY.');
}

function wholeNumber(parts: Map<string, string>, name: string, most: number): number | undefined {
  const text = parts.get(name);
  if (text === undefined) return undefined;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most) throw refuse(`${name} is a number from 1 to ${most}.`);
  return value;
}

function weekdayNamed(code: string): Weekday {
  const found = (weekdayCodes as readonly string[]).indexOf(code);
  if (found < 0) throw refuse(`“${code.slice(0, 10)}” is no weekday. Use ${weekdayCodes.join(', ')}.`);
  return found as Weekday;
}

function nthWeekday(text: string): OnDay {
  const [, nth, code = ''] = /^([1-5]|-1)([A-Z]{2})$/.exec(text) ?? [];
  if (nth === undefined)
    throw refuse('For months BYDAY is one weekday with its number: 2TU, or -1FR for the last Friday.');
  return { nth: Number(nth), weekday: weekdayNamed(code) };
}

function dateNumber(text: string): number {
  const value = /^(-1|\d{1,2})$/.test(text) ? Number(text) : 0;
  if (value === 0 || value > 31) throw refuse('BYMONTHDAY is one day, from 1 to 31, or -1 for the last.');
  return value;
}

/** A date, or an instant: then the last day is the one whose occurrence begins no later. */
function untilOf(text: string | undefined, { zone, minutes }: Beginning): Day | undefined {
  if (text === undefined) return undefined;
  const [, year, month, date, hours, minute, utc] = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?$/.exec(text) ?? [];
  const day = parseDay(`${year}-${month}-${date}`);
  if (day === undefined) throw refuse('UNTIL is a date such as 20261231.');
  if (hours === undefined) return day;
  const wall = { day, minutes: Number(hours) * 60 + Number(minute) };
  const local = utc ? wallAt(zone, instantOf('UTC', wall)) : wall;
  return local.minutes >= minutes ? local.day : local.day - 1;
}
