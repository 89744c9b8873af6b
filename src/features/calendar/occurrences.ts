import type { CalendarEvent, Exception, Texts, When } from './event.js';
import { daysFrom } from './recurrence/days.js';
import type { Day } from './time/day.js';
import { instantOf, wallAt } from './time/zone.js';

/** Something at a time: an event that does not repeat has one. */
export interface Occurrence {
  /** The day on which the rule has it begin, in the event's own zone: its name within the series. */
  readonly on: Day;
  readonly when: When;
  /** In ms since 1970. */
  readonly startsAt: number;
  readonly endsAt: number;
  readonly cancelled: boolean;
  /** What was changed for this one alone. */
  readonly own: (Texts & { readonly when: When }) | null;
}

/** Days as somebody in `zone` counts them, `to` excluded, and the instants at which they begin and end. */
export interface Window {
  readonly from: Day;
  readonly to: Day;
  readonly zone: string;
  readonly startsAt: number;
  readonly endsAt: number;
}

export type Series = Pick<CalendarEvent, 'when' | 'rule' | 'lastOn' | 'cancelledAt' | 'exceptions'>;

interface Instants {
  readonly startsAt: number;
  readonly endsAt: number;
}

export function windowOf(from: Day, to: Day, zone: string): Window {
  const [startsAt, endsAt] = [from, to].map((day) => instantOf(zone, { day, minutes: 0 })) as [number, number];
  return { from, to, zone, startsAt, endsAt };
}

/** Of the first moment and the end. Whole days by the clocks of `zone`, by default the event's own. */
export function instantsOf({ allDay, zone: own, from, to }: When, zone = own): Instants {
  if (!allDay) return { startsAt: instantOf(own, from), endsAt: instantOf(own, to) };
  return {
    startsAt: instantOf(zone, { day: from.day, minutes: 0 }),
    endsAt: instantOf(zone, { day: to.day + 1, minutes: 0 }),
  };
}

/**
 * The one that begins on `on`. It lasts as long as the first, to the minute (RFC 5545 §3.8.5.3, a DTEND): over a night in
 * which clocks change it ends an hour earlier or later by the clock.
 */
function placedOn(when: When, on: Day): Instants & { when: When } {
  const { allDay, zone, from, to } = when;
  const first = instantsOf(when);
  if (on === from.day) return { when, ...first };
  if (allDay) {
    const days = { ...when, from: { ...from, day: on }, to: { ...to, day: to.day + on - from.day } };
    return { when: days, ...instantsOf(days) };
  }
  const start = { ...from, day: on };
  const startsAt = instantOf(zone, start);
  const endsAt = startsAt + first.endsAt - first.startsAt;
  return { when: { ...when, from: start, to: wallAt(zone, endsAt) }, startsAt, endsAt };
}

function occurrenceAt(series: Series, on: Day, exception: Exception | undefined): Occurrence {
  const own = exception?.changed ?? null;
  const placed = own ? { when: own.when, ...instantsOf(own.when) } : placedOn(series.when, on);
  const cancelled = series.cancelledAt !== null || (exception !== undefined && own === null);
  return { on, ...placed, cancelled, own };
}

/** The occurrences of an event that touch these days, in order of their beginning. */
export function occurrencesIn(series: Series, window: Window): Occurrence[] {
  const exceptions = exceptionsOf(series);
  const found = [...exceptions.values()]
    .filter(({ changed }) => changed)
    .map((each) => occurrenceAt(series, each.on, each));
  for (const on of daysOf(series, window.from - lengthInDays(series.when) - 2)) {
    // By the clocks of another zone it may begin a day earlier.
    if (on > window.to + 1) break;
    const exception = exceptions.get(on);
    if (!exception?.changed) found.push(occurrenceAt(series, on, exception));
  }
  return inOrder(found.filter((each) => touches(each, window)));
}

/** The one of this day, as it is now; undefined when the series has none then. */
export function occurrenceOn(series: Series, on: Day): Occurrence | undefined {
  const exception = exceptionsOf(series).get(on);
  return exception || isDayOf(series, on) ? occurrenceAt(series, on, exception) : undefined;
}

export function isDayOf(series: Pick<Series, 'when' | 'rule' | 'lastOn'>, on: Day): boolean {
  for (const day of daysOf(series, on)) return day === on;
  return false;
}

/** Those that begin after an instant and take place, at most `most`. */
export function nextOccurrences(series: Series, after: number, most: number): Occurrence[] {
  if (series.cancelledAt) return [];
  const exceptions = exceptionsOf(series);
  const found = [...exceptions.values()]
    .filter(({ changed }) => changed)
    .map((each) => occurrenceAt(series, each.on, each));
  let counted = 0;
  for (const on of daysOf(series, wallAt(series.when.zone, after).day - lengthInDays(series.when) - 1)) {
    if (exceptions.has(on)) continue;
    const occurrence = occurrenceAt(series, on, undefined);
    if (occurrence.startsAt <= after) continue;
    found.push(occurrence);
    counted += 1;
    if (counted >= most) break;
  }
  return inOrder(found.filter(({ startsAt }) => startsAt > after)).slice(0, most);
}

// Clocks are at most 14 hours ahead of UTC and 12 behind it.
const widestZone = 14 * 3_600_000;

/** From the first moment of a series to its last end; null when it goes on. Of whole days, as far as any zone has them. */
export function spanOf(series: Series): { firstAt: Date; lastAt: Date | null } {
  const { when, rule, lastOn, exceptions } = series;
  const spans = exceptions.flatMap(({ changed }) => (changed ? [widest(changed.when, changed.when.from.day)] : []));
  spans.push(widest(when, when.from.day), widest(when, lastOn ?? when.from.day));
  const firstAt = new Date(Math.min(...spans.map(({ startsAt }) => startsAt)));
  if (rule && lastOn === null) return { firstAt, lastAt: null };
  return { firstAt, lastAt: new Date(Math.max(...spans.map(({ endsAt }) => endsAt))) };
}

function widest(when: When, on: Day): Instants {
  const placed = placedOn(when, on);
  if (!when.allDay) return placed;
  const { startsAt, endsAt } = instantsOf(placed.when, 'UTC');
  return { startsAt: startsAt - widestZone, endsAt: endsAt + widestZone };
}

const exceptionsOf = ({ exceptions }: Series) => new Map(exceptions.map((exception) => [exception.on, exception]));

const inOrder = (found: Occurrence[]) => found.sort((one, other) => one.startsAt - other.startsAt);

const lengthInDays = ({ from, to }: When): number => to.day - from.day;

function* daysOf({ rule, when, lastOn }: Pick<Series, 'when' | 'rule' | 'lastOn'>, from: Day): Generator<Day> {
  if (!rule) {
    if (when.from.day >= from) yield when.from.day;
    return;
  }
  for (const day of daysFrom(rule, when.from.day, from)) {
    if (lastOn !== null && day > lastOn) return;
    yield day;
  }
}

/** Whole days are compared as days, in whatever zone somebody looks; moments as moments. */
function touches({ when, startsAt, endsAt }: Occurrence, window: Window): boolean {
  if (when.allDay) return when.from.day < window.to && when.to.day >= window.from;
  if (startsAt >= window.endsAt) return false;
  return endsAt > window.startsAt || (startsAt === endsAt && startsAt >= window.startsAt);
}

/** The first and the last day that it covers, as somebody in `zone` counts. */
export function daysCovered(occurrence: Occurrence, zone: string): { first: Day; last: Day } {
  const { when, startsAt, endsAt } = occurrence;
  if (when.allDay) return { first: when.from.day, last: when.to.day };
  const first = wallAt(zone, startsAt).day;
  // What ends at midnight does not reach into the next day.
  return { first, last: Math.max(first, wallAt(zone, Math.max(startsAt, endsAt - 1)).day) };
}
