import { plural } from '../../../http/wording.js';

const day = 24;

/** `40 minutes`, `7 hours`, `3 days`. */
export function span(hours: number | null): string {
  if (hours === null) return 'none yet';
  if (hours < 1) return plural(Math.max(1, Math.round(hours * 60)), 'minute');
  return hours < 2 * day ? plural(Math.round(hours), 'hour') : plural(Math.round(hours / day), 'day');
}
