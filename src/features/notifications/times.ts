import type { TenantDatabase } from '../../database/database.js';
import type { MailTime } from './notification.js';
import { findHour } from './queries.js';

export interface DailyHour {
  /** 0 to 23, by the clock of the zone. */
  readonly hour: number;
  /** As the IANA database names it. */
  readonly timeZone: string;
}

export const usualHour: DailyHour = { hour: 8, timeZone: 'UTC' };

const hourMs = 3600_000;

export async function nextMailAt(db: TenantDatabase, accountId: string, mail: MailTime): Promise<Date> {
  const now = new Date();
  if (mail === 'now') return now;
  return mail === 'hourly' ? nextHour(now) : nextDaily(now, (await findHour(db, accountId)) ?? usualHour);
}

export function nextHour(now: Date): Date {
  return new Date(Math.floor(now.getTime() / hourMs) * hourMs + hourMs);
}

/**
 * The next instant at which the clock of that zone shows the full hour; on the day on which the clock skips it, the next
 * full hour. Steps of a quarter, because some zones lie that far off.
 */
export function nextDaily(now: Date, { hour, timeZone }: DailyHour): Date {
  const clock = clockOf(timeZone);
  const quarter = hourMs / 4;
  const first = Math.floor(now.getTime() / quarter) * quarter + quarter;
  const isTime = (at: number) => {
    const { shown, minute } = clock(at);
    if (minute !== 0) return false;
    return shown === hour || (shown === (hour + 1) % 24 && clock(at - quarter).shown !== hour);
  };
  const steps = Array.from({ length: 100 }, (_, step) => first + step * quarter);
  return new Date(steps.find(isTime) ?? first + 24 * hourMs);
}

function clockOf(timeZone: string): (at: number) => { shown: number; minute: number } {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return (at) => {
    const [shown = '0', minute = '0'] = format.format(at).split(':');
    return { shown: Number(shown), minute: Number(minute) };
  };
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}
