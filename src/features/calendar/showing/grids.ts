import { weekdayNames } from '../recurrence/words.js';
import { type Day, dayFrom, daysInMonth, isoDay, partsOf, type Weekday, weekdayOf, weekOf } from '../time/day.js';
import { dateWords, monthWords, shortDate } from '../time/words.js';
import type { EntriesByDay, Entry } from './entries.js';

/** In a cell of a month; the rest of a day is one link away. */
const mostInCell = 3;
export const agendaDays = 31;

export interface Shown {
  readonly entries: EntriesByDay;
  readonly today: Day;
  /** The address of a day by itself. */
  readonly dayHref: (day: Day) => string;
}

export function monthOf(date: Day): { first: Day; last: Day } {
  const { year, month } = partsOf(date);
  const first = dayFrom(year, month, 1);
  return { first, last: first + daysInMonth(year, month) - 1 };
}

export const previousMonth = (date: Day): Day => monthOf(monthOf(date).first - 1).first;
export const nextMonth = (date: Day): Day => monthOf(date).last + 1;

/** Whole weeks around a month: from the first day to the one after the last. */
export function monthSpan(date: Day, startsOn: Weekday): { from: Day; to: Day } {
  const { first, last } = monthOf(date);
  return { from: weekOf(first, startsOn), to: weekOf(last, startsOn) + 7 };
}

export function monthGrid(date: Day, startsOn: Weekday, { entries, today, dayHref }: Shown) {
  const { from, to } = monthSpan(date, startsOn);
  const { first, last } = monthOf(date);
  const cell = (day: Day) => {
    const all = entries.get(day) ?? [];
    const shown = all.length > mostInCell ? all.slice(0, mostInCell - 1) : all;
    return {
      ...dayLocals(day, today, dayHref),
      isOutside: day < first || day > last,
      entries: shown,
      more: all.length - shown.length,
      count: all.length,
    };
  };
  const weeks = Array.from({ length: (to - from) / 7 }, (_, week) =>
    Array.from({ length: 7 }, (__, index) => cell(from + week * 7 + index)),
  );
  const names = Array.from({ length: 7 }, (_, index) => weekdayNames[weekdayOf(from + index)]);
  return { heading: monthWords(first), names, weeks };
}

export function weekGrid(date: Day, startsOn: Weekday, { entries, today, dayHref }: Shown) {
  const from = weekOf(date, startsOn);
  const days = Array.from({ length: 7 }, (_, index) => {
    const all = entries.get(from + index) ?? [];
    const isWhole = ({ minutes }: Entry) => !minutes || (minutes.from === 0 && minutes.to === 24 * 60);
    const day = from + index;
    return {
      ...dayLocals(day, today, dayHref),
      weekday: weekdayNames[weekdayOf(day)],
      whole: all.filter(isWhole),
      timed: all.filter((entry) => !isWhole(entry)),
    };
  });
  return { heading: `${shortDate(from)} – ${shortDate(from + 6)} ${partsOf(from + 6).year}`, days };
}

/** Only the days on which there is something, and at most so many entries. */
export function agendaList(from: Day, to: Day, { entries, today, dayHref }: Shown) {
  const most = 150;
  const days = [];
  let counted = 0;
  for (let day = from; day < to && counted < most; day += 1) {
    const all = entries.get(day) ?? [];
    if (all.length > 0) days.push({ ...dayLocals(day, today, dayHref), entries: all.slice(0, most - counted) });
    counted += all.length;
  }
  const last = days.at(-1);
  return { heading: `From ${dateWords(from)}`, days, cutAt: counted > most && last ? last.href : undefined };
}

function dayLocals(day: Day, today: Day, dayHref: (day: Day) => string) {
  return {
    iso: isoDay(day),
    number: partsOf(day).date,
    words: dateWords(day),
    isToday: day === today,
    href: dayHref(day),
  };
}
