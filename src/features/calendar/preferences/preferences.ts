import { z } from 'zod';
import type { Weekday } from '../time/day.js';
import { zoneNamed } from '../time/zone.js';

export const weekStarts = ['monday', 'saturday', 'sunday'] as const;
export type WeekStart = (typeof weekStarts)[number];

/** How somebody reads the calendar of this workspace. */
export interface Preferences {
  readonly timeZone: string;
  readonly weekStart: WeekStart;
  /** They said so; otherwise it is assumed. */
  readonly chosen: boolean;
}

export const assumed: Preferences = { timeZone: 'UTC', weekStart: 'monday', chosen: false };

export const weekdayOfStart: Readonly<Record<WeekStart, Weekday>> = { monday: 0, saturday: 5, sunday: 6 };

/** A name from the time zone database; `Invalid` in forms and for tools otherwise. */
export const Zone = z
  .string()
  .max(60)
  .transform((text, checked) => {
    const zone = zoneNamed(text.trim());
    if (zone) return zone;
    checked.addIssue({ code: 'custom', message: 'Choose a time zone such as Europe/Berlin.' });
    return z.NEVER;
  });

export const PreferencesDraft = z.object({ timeZone: Zone, weekStart: z.enum(weekStarts).catch('monday') });
