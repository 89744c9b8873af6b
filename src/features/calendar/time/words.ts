import { type Day, msPerDay } from './day.js';
import { clockTime } from './wall.js';
import { offsetAt, type Wall, wallAt } from './zone.js';

const dates = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  weekday: 'short',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});
const months = new Intl.DateTimeFormat('en', { timeZone: 'UTC', month: 'long', year: 'numeric' });
const shortDates = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short' });

/** `Sun 22 November 2026` */
export function dateWords(day: Day): string {
  return dates.format(day * msPerDay).replace(',', '');
}

/** `22 Nov` */
export const shortDate = (day: Day): string => shortDates.format(day * msPerDay);

/** `November 2026` */
export const monthWords = (day: Day): string => months.format(day * msPerDay);

/** `Sun 22 November 2026, 10:00–11:30`; of all-day events the days alone. Ends on the last moment, or the last day. */
export function spanWords(from: Wall, to: Wall, allDay: boolean): string {
  const sameDay = from.day === to.day;
  if (allDay) return sameDay ? dateWords(from.day) : `${dateWords(from.day)} – ${dateWords(to.day)}`;
  const start = `${dateWords(from.day)}, ${clockTime(from.minutes)}`;
  if (sameDay) return from.minutes === to.minutes ? start : `${start}–${clockTime(to.minutes)}`;
  return `${start} – ${dateWords(to.day)}, ${clockTime(to.minutes)}`;
}

/** The same instants as the clocks of a zone show them. */
export function instantWords(zone: string, startsAt: number, endsAt: number): string {
  return spanWords(wallAt(zone, startsAt), wallAt(zone, endsAt), false);
}

/** `UTC+01:00`, as it is at that instant. */
export function offsetWords(zone: string, instant: number): string {
  const minutes = Math.round(offsetAt(zone, instant) / 60_000);
  return minutes === 0 ? 'UTC' : `UTC${minutes < 0 ? '−' : '+'}${clockTime(Math.abs(minutes))}`;
}
