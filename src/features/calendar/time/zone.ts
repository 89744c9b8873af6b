import { type Day, msPerDay } from './day.js';

/** What a clock on the wall of some time zone shows; `minutes` since midnight. */
export interface Wall {
  readonly day: Day;
  readonly minutes: number;
}

const clocks = new Map<string, Intl.DateTimeFormat>();
const msPerMinute = 60_000;
let known: ReadonlySet<string> | undefined;

/** Names of the IANA time zone database, as this system has it. */
export function zones(): readonly string[] {
  known ??= new Set(['UTC', ...Intl.supportedValuesOf('timeZone')]);
  return [...known];
}

/** The zone as it is written properly; undefined for what is none. Old names such as `US/Eastern` hold, too. */
export function zoneNamed(text: string): string | undefined {
  if (zones().includes(text)) return text;
  if (!/^[A-Za-z][\w+-]*(\/[\w+-]+){0,2}$/.test(text)) return undefined;
  try {
    return clockOf(text).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

function clockOf(zone: string): Intl.DateTimeFormat {
  const made =
    clocks.get(zone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  clocks.set(zone, made);
  return made;
}

const midnights = new Map<string, Map<number, number>>();
/** Of each zone: some years. */
const mostMidnights = 5_000;

/**
 * By how many milliseconds the zone's clocks are ahead of UTC at an instant (ms since 1970). Asking Intl takes some 20 µs,
 * a month of a thousand events five thousand answers: those of midnights are kept, and hold for the day between two that
 * are the same. No zone has changed its clocks there and back within a day.
 */
export function offsetAt(zone: string, instant: number): number {
  if (zone === 'UTC') return 0;
  const midnight = Math.floor(instant / msPerDay) * msPerDay;
  const offset = offsetAtMidnight(zone, midnight);
  return offset === offsetAtMidnight(zone, midnight + msPerDay) ? offset : askedOffset(zone, instant);
}

function offsetAtMidnight(zone: string, midnight: number): number {
  const kept = midnights.get(zone) ?? new Map<number, number>();
  const known = kept.get(midnight);
  if (known !== undefined) return known;
  midnights.set(zone, kept);
  if (kept.size >= mostMidnights) kept.clear();
  const offset = askedOffset(zone, midnight);
  kept.set(midnight, offset);
  return offset;
}

function askedOffset(zone: string, instant: number): number {
  const shown = { year: 0, month: 1, day: 1, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of clockOf(zone).formatToParts(instant)) {
    if (type in shown) shown[type as keyof typeof shown] = Number(value);
  }
  const asUtc = Date.UTC(shown.year, shown.month - 1, shown.day, shown.hour, shown.minute, shown.second);
  return asUtc - Math.floor(instant / 1000) * 1000;
}

/**
 * The instant at which clocks show this (RFC 5545 §3.3.5): the first of two when they are put back, and when they are put
 * forward past it, as if they had not been yet: 02:30 of a missing hour is 03:30.
 */
export function instantOf(zone: string, { day, minutes }: Wall): number {
  const asUtc = day * msPerDay + minutes * msPerMinute;
  const before = offsetAt(zone, asUtc - msPerDay);
  const after = offsetAt(zone, asUtc + msPerDay);
  if (before === after) return asUtc - before;
  const possible = [asUtc - before, asUtc - after].filter((instant) => offsetAt(zone, instant) === asUtc - instant);
  return possible.length > 0 ? Math.min(...possible) : asUtc - before;
}

export function wallAt(zone: string, instant: number): Wall {
  const local = instant + offsetAt(zone, instant);
  const day = Math.floor(local / msPerDay);
  return { day, minutes: Math.floor((local - day * msPerDay) / msPerMinute) };
}
