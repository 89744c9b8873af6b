import { z } from 'zod';
import type { TenantContext } from '../../../tenancy/context.js';
import { type Day, isoDay, parseDay } from '../time/day.js';
import { whose } from './queries.js';

export const views = ['month', 'week', 'agenda'] as const;
export type View = (typeof views)[number];

/** What the address of a calendar page says. Without a view it is a month, and on a phone an agenda. */
export const CalendarQuery = z.object({
  view: z.enum(views).optional().catch(undefined),
  date: z
    .string()
    .transform((text) => parseDay(text))
    .optional()
    .catch(undefined),
  who: z.enum(whose).catch('all'),
  q: z.string().trim().max(100).catch(''),
});
export type CalendarQuery = z.infer<typeof CalendarQuery>;

export const calendarOf = ({ tenant }: TenantContext): string => `/w/${tenant.slug}/calendar`;

/** Addresses of other views and days, which keep what is filtered. */
export function addressesFrom(context: TenantContext, { who, q }: CalendarQuery) {
  return (view: View | undefined, day: Day | undefined): string => {
    const parts = {
      ...(view && { view }),
      ...(day !== undefined && { date: isoDay(day) }),
      ...(who !== 'all' && { who }),
      ...(q && { q }),
    };
    const query = new URLSearchParams(parts).toString();
    return query ? `${calendarOf(context)}?${query}` : calendarOf(context);
  };
}
