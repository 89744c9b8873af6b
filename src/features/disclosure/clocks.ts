import { type Report, settledStates } from './report.js';

/** Hours until a person has taken a report up, and until it is settled. Promised on the form and in every mail. */
export const clocks = { acknowledgement: 48, resolution: 14 * 24 } as const;
export type Clock = keyof typeof clocks;

/** Hours before that, at which the operator is reminded. */
export const ahead = { acknowledgement: 12, resolution: 48 } as const;

const hourMs = 3_600_000;
const dayHours = 24;
const weekDays = { all: 7, working: 5 } as const;

/**
 * When a promise falls due. With business days, hours of a Saturday or Sunday (UTC) do not count and fourteen days are the
 * ten working days among them, so that the two ways differ only for what begins or ends at a weekend.
 */
export function dueAt(from: Date, clock: Clock, businessDays: boolean): Date {
  const hours = clocks[clock];
  if (!businessDays) return new Date(from.getTime() + hours * hourMs);
  const days = hours / dayHours;
  const working = days < weekDays.all ? days : Math.round((days / weekDays.all) * weekDays.working);
  let left = working * dayHours * hourMs;
  let at = from.getTime();
  while (left > 0 || isWeekend(at)) {
    const midnight = new Date(at).setUTCHours(24, 0, 0, 0);
    const step = isWeekend(at) ? midnight - at : Math.min(left, midnight - at);
    if (!isWeekend(at)) left -= step;
    at += step;
  }
  return new Date(at);
}

function isWeekend(at: number): boolean {
  const day = new Date(at).getUTCDay();
  return day === 0 || day === 6;
}

export interface Due {
  readonly clock: Clock;
  readonly at: Date;
  readonly overdue: boolean;
}

/** The next promise to the reporter that is still open. */
export function dueOf(report: Report, now = new Date()): Due | undefined {
  if (settledStates.includes(report.state)) return undefined;
  const clock = report.answeredAt ? 'resolution' : 'acknowledgement';
  const at = report.answeredAt ? report.resolveBy : report.acknowledgeBy;
  return { clock, at, overdue: at < now };
}
