import { type Day, dayFrom, daysInMonth, lastDay, partsOf, type Weekday, weekdayOf, weekOf } from '../time/day.js';
import type { OnDay, Rule } from './rule.js';

/** A rule with what it takes from its first day. */
interface Pattern extends Rule {
  readonly first: Day;
}

/** The days of a period, in order: the `number`th from the one that holds the first day. */
type Period = (pattern: Pattern, number: number) => readonly Day[];

const periods: Readonly<Record<Rule['every'], Period>> = {
  day: ({ first, interval }, number) => [first + number * interval],
  week({ first, interval, weekdays, weekStart }, number) {
    const monday = weekOf(first, weekStart) + number * interval * 7;
    const days: readonly Weekday[] = weekdays.length > 0 ? weekdays : [weekdayOf(first)];
    return days.map((weekday) => monday + ((weekday - weekStart + 7) % 7)).sort((one, other) => one - other);
  },
  month({ first, interval, on }, number) {
    const { year, month, date } = partsOf(first);
    const index = year * 12 + month - 1 + number * interval;
    return dayInMonth(Math.floor(index / 12), (index % 12) + 1, on ?? { date });
  },
  year({ first, interval }, number) {
    const { year, month, date } = partsOf(first);
    return dayInMonth(year + number * interval, month, { date });
  },
};

/** No February 30: such a month has none (RFC 5545 §3.3.10, "invalid date"). */
function dayInMonth(year: number, month: number, on: OnDay): readonly Day[] {
  const length = daysInMonth(year, month);
  const first = dayFrom(year, month, 1);
  if ('date' in on) {
    const date = on.date === -1 ? length : on.date;
    return date <= length ? [first + date - 1] : [];
  }
  const earliest = 1 + ((on.weekday - weekdayOf(first) + 7) % 7);
  const date = on.nth === -1 ? earliest + 7 * Math.floor((length - earliest) / 7) : earliest + 7 * (on.nth - 1);
  return date <= length ? [first + date - 1] : [];
}

/** The period in which to begin looking for days from `from` on: one too early does no harm. */
function periodBefore({ every, first, interval }: Pattern, from: Day): number {
  const days = from - first;
  const lengths = { day: 1, week: 7, month: 31, year: 366 };
  return Math.max(0, Math.floor(days / (lengths[every] * interval)) - 1);
}

/**
 * The days on which a series begins anew, from `from` on, without end unless the rule has one. COUNT is not looked at: see
 * lastDayOf, which turns it into a day once. RFC 5545 counts a first day that the rule does not name; here the series
 * begins on the first that it does (see alignedStart).
 */
export function* daysFrom(rule: Rule, first: Day, from: Day = first): Generator<Day> {
  const pattern = { ...rule, first };
  const end = Math.min(rule.until ?? lastDay, lastDay);
  for (let number = periodBefore(pattern, from); ; number += 1) {
    const days = periods[rule.every](pattern, number);
    for (const day of days) {
      if (day > end) return;
      if (day >= first && day >= from) yield day;
    }
    if (isPast(pattern, number, end)) return;
  }
}

/** A rule may name no day at all for ever: every 12 months on the 31st of a February. */
function isPast({ every, first, interval }: Pattern, number: number, end: Day): boolean {
  const lengths = { day: 1, week: 7, month: 28, year: 365 };
  return first + (number - 1) * interval * lengths[every] > end;
}

/**
 * Where a series that is to start on `from` begins: the first day of its kind, whatever its interval. Undefined when
 * there is none.
 */
export function alignedStart(rule: Rule, from: Day): Day | undefined {
  for (const day of daysFrom({ ...rule, interval: 1 }, from)) return day;
  return undefined;
}

/** The last day on which the series begins anew; null when it goes on. */
export function lastDayOf(rule: Rule, first: Day): Day | null {
  if (rule.count === undefined && rule.until === undefined) return null;
  let last: Day = first;
  let counted = 0;
  for (const day of daysFrom(rule, first)) {
    last = day;
    counted += 1;
    if (counted === rule.count) break;
  }
  return last;
}
