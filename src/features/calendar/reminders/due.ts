import type { CalendarEvent } from '../event.js';
import { nextOccurrences, type Occurrence } from '../occurrences.js';

type Reminding = Parameters<typeof nextOccurrences>[0] & Pick<CalendarEvent, 'reminderMinutes'>;

/** A reminder that comes late, because nothing ran meanwhile, is of use until a quarter of an hour past the beginning. */
const graceMs = 15 * 60_000;
/** More than a daily meeting has within the longest time before which one can be reminded. */
const most = 32;

/** Occurrences of which it is time to remind, at `now` (ms). */
export function dueOccurrences(event: Reminding, now: number): Occurrence[] {
  if (event.reminderMinutes === null) return [];
  const until = now + event.reminderMinutes * 60_000;
  return nextOccurrences(event, now - graceMs, most).filter(({ startsAt }) => startsAt <= until);
}

/** When to look again, after all that is due at `now` was told; undefined for never. */
export function nextReminderAt(event: Reminding, now: number): number | undefined {
  if (event.reminderMinutes === null) return undefined;
  const before = event.reminderMinutes * 60_000;
  const [next] = nextOccurrences(event, now + before, 1);
  return next && next.startsAt - before;
}
