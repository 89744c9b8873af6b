import { isoDay, parseDay } from './day.js';
import type { Wall } from './zone.js';

const wallClock = /^(\d{4}-\d\d-\d\d)[T ]([01]\d|2[0-3]):([0-5]\d)(?::\d\d)?$/;

/** `2026-03-29T10:00` */
export function parseWall(text: string): Wall | undefined {
  const [, date = '', hours, minutes] = wallClock.exec(text) ?? [];
  const day = parseDay(date);
  return day === undefined ? undefined : { day, minutes: Number(hours) * 60 + Number(minutes) };
}

export function isoWall({ day, minutes }: Wall): string {
  return `${isoDay(day)}T${clockTime(minutes)}`;
}

/** `09:05` */
export function clockTime(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
