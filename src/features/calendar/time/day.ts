/** A date of the Gregorian calendar as whole days since 1970-01-01: no time zone, and sums that cannot slip. */
export type Day = number;

/** 0 is Monday, as ISO 8601 has it. */
export type Weekday = 0 | 1 | 2 | 3 | 4 | 5 | 6;

export const msPerDay = 86_400_000;
export const lastDay: Day = dayFrom(2199, 12, 31);

const iso = /^(19[7-9]\d|2[01]\d\d)-(\d\d)-(\d\d)$/;

/** Months count from 1. */
export function dayFrom(year: number, month: number, date: number): Day {
  return Date.UTC(year, month - 1, date) / msPerDay;
}

/** `2026-11-22`, from 1970 to 2199. Undefined for what is no date: no February 30. */
export function parseDay(text: string): Day | undefined {
  const [, year, month, date] = iso.exec(text) ?? [];
  const day = dayFrom(Number(year), Number(month), Number(date));
  return Number.isInteger(day) && isoDay(day) === text ? day : undefined;
}

export function isoDay(day: Day): string {
  return Number.isFinite(day) ? new Date(day * msPerDay).toISOString().slice(0, 10) : '';
}

export function partsOf(day: Day): { year: number; month: number; date: number } {
  const at = new Date(day * msPerDay);
  return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, date: at.getUTCDate() };
}

export function weekdayOf(day: Day): Weekday {
  // 1970-01-01 was a Thursday.
  return modulo(day + 3, 7) as Weekday;
}

export function daysInMonth(year: number, month: number): number {
  return dayFrom(year, month + 1, 1) - dayFrom(year, month, 1);
}

/** The first day of the week that holds `day`. */
export function weekOf(day: Day, startsOn: Weekday): Day {
  return day - modulo(weekdayOf(day) - startsOn, 7);
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
