import { z } from 'zod';

/** What the installation consists of, for whoever uses it (GV-4). */
export const components = {
  web: 'Pages',
  database: 'Database',
  jobs: 'Background work',
  mail: 'Mail',
} as const;
export type ComponentName = keyof typeof components;

export const states = ['up', 'slow', 'down'] as const;
export type State = (typeof states)[number];

export interface Probe {
  readonly component: ComponentName;
  readonly state: State;
  readonly milliseconds: number;
}

export const Day = z.object({
  component: z.enum(['web', 'database', 'jobs', 'mail']),
  day: z.date(),
  all: z.coerce.number(),
  up: z.coerce.number(),
});
export type Day = z.infer<typeof Day>;

/** Days of which probes are kept and shown. */
export const keptDays = 90;
export const probeMinutes = 5;
/** Without a probe for so long whoever makes them is not running. */
export const silentMinutes = 2 * probeMinutes + 1;

/** One shade for a day: what share of its probes found the component well. */
export function gradeOf(day: Pick<Day, 'all' | 'up'> | undefined): 'none' | 'good' | 'fair' | 'bad' {
  if (!day || day.all === 0) return 'none';
  const share = day.up / day.all;
  if (share >= 0.999) return 'good';
  return share >= 0.95 ? 'fair' : 'bad';
}
