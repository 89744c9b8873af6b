import type { ListedEvent } from '../listing/queries.js';
import { daysCovered, type Occurrence, occurrencesIn, type Window } from '../occurrences.js';
import { type Day, isoDay } from '../time/day.js';
import { clockTime } from '../time/wall.js';
import { wallAt } from '../time/zone.js';

/** An occurrence on one of the days that it covers, as a cell or a list shows it. */
export interface Entry {
  readonly href: string;
  readonly title: string;
  readonly place: string;
  /** `10:00–11:30`, by the clocks of whoever looks; undefined for whole days. */
  readonly time: string | undefined;
  /** It began on an earlier day. */
  readonly goesOn: boolean;
  /** Minutes of this day, for a grid of hours; undefined for whole days. */
  readonly minutes: { readonly from: number; readonly to: number } | undefined;
  readonly startsAt: number;
  readonly cancelled: boolean;
  readonly repeats: boolean;
  readonly isPrivate: boolean;
  readonly agentName: string | undefined;
  /** Invited, and not answered yet. */
  readonly asks: boolean;
  readonly declined: boolean;
  readonly maybe: boolean;
}

export type EntriesByDay = ReadonlyMap<Day, readonly Entry[]>;

/** What happens on each day of the window; days without anything are not in it. */
export function entriesByDay(events: readonly ListedEvent[], window: Window, home: string): EntriesByDay {
  const days = new Map<Day, Entry[]>();
  for (const event of events) {
    for (const occurrence of occurrencesIn(event, window)) {
      const { first, last } = daysCovered(occurrence, window.zone);
      for (let day = Math.max(first, window.from); day <= Math.min(last, window.to - 1); day += 1) {
        const entries = days.get(day) ?? [];
        entries.push(entryOf(event, occurrence, { day, first, last, zone: window.zone, home }));
        days.set(day, entries);
      }
    }
  }
  for (const entries of days.values()) entries.sort(inOrder);
  return days;
}

function inOrder(one: Entry, other: Entry): number {
  return (
    Number(one.time !== undefined) - Number(other.time !== undefined) ||
    one.startsAt - other.startsAt ||
    one.title.localeCompare(other.title)
  );
}

interface Cell {
  readonly day: Day;
  readonly first: Day;
  readonly last: Day;
  readonly zone: string;
  readonly home: string;
}

function entryOf(event: ListedEvent, occurrence: Occurrence, cell: Cell): Entry {
  const { id, rule, answer } = event;
  const { title, place } = occurrence.own ?? event;
  return {
    href: `${cell.home}/events/${id}${rule ? `?on=${isoDay(occurrence.on)}` : ''}`,
    title,
    place,
    ...clockOf(occurrence, cell),
    goesOn: cell.day > cell.first,
    startsAt: occurrence.startsAt,
    cancelled: occurrence.cancelled,
    repeats: rule !== null,
    isPrivate: event.visibility === 'private',
    agentName: event.agent?.name,
    asks: answer === 'none',
    declined: answer === 'no',
    maybe: answer === 'maybe',
  };
}

const wholeDay = 24 * 60;

function clockOf(
  { when, startsAt, endsAt }: Occurrence,
  { day, first, last, zone }: Cell,
): Pick<Entry, 'time' | 'minutes'> {
  if (when.allDay) return { time: undefined, minutes: undefined };
  const [from, to] = [wallAt(zone, startsAt), wallAt(zone, endsAt)];
  const ends = to.day > day ? wholeDay : to.minutes;
  const minutes = { from: day === first ? from.minutes : 0, to: day === last ? ends : wholeDay };
  // By the clock it may end before it began: in the hour that comes twice.
  const shown = { from: minutes.from, to: Math.max(minutes.from, minutes.to) };
  if (startsAt === endsAt) return { time: clockTime(from.minutes), minutes: shown };
  const start = day === first ? clockTime(from.minutes) : '00:00';
  return { time: `${start}–${minutes.to === wholeDay ? '24:00' : clockTime(minutes.to)}`, minutes: shown };
}
