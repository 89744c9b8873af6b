import { type ComponentName, components, type Day, gradeOf, keptDays } from './component.js';

const dayMs = 86_400_000;

export interface HistoryDay {
  readonly day: Date;
  readonly grade: ReturnType<typeof gradeOf>;
  /** Of 100, with two digits; undefined when nothing looked that day. */
  readonly percent: string | undefined;
}

export interface History {
  readonly component: ComponentName;
  readonly name: string;
  readonly days: readonly HistoryDay[];
  readonly percent: string | undefined;
}

/** Every component's last ninety days in UTC, oldest first, those without a probe too. */
export function histories(rows: readonly Day[], now = new Date()): History[] {
  const today = Math.floor(now.getTime() / dayMs) * dayMs;
  const dates = Array.from({ length: keptDays }, (_, index) => new Date(today - (keptDays - 1 - index) * dayMs));
  return (Object.keys(components) as ComponentName[]).map((component) => {
    const own = rows.filter((row) => row.component === component);
    const byDay = new Map(own.map((row) => [row.day.getTime(), row]));
    const days = dates.map((day) => {
      const row = byDay.get(day.getTime());
      return { day, grade: gradeOf(row), percent: percentOf(row ? [row] : []) };
    });
    return { component, name: components[component], days, percent: percentOf(own) };
  });
}

function percentOf(rows: readonly Day[]): string | undefined {
  const all = rows.reduce((sum, row) => sum + row.all, 0);
  if (all === 0) return undefined;
  const up = rows.reduce((sum, row) => sum + row.up, 0);
  // Rounded down: 99.996 % is not all of the time.
  return (Math.floor((up / all) * 10_000) / 100).toFixed(2);
}
