import type { TenantDatabase } from '../../database/database.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { findHour } from '../notifications/queries.js';
import { todayIn } from './listing/filter.js';

/** What day it is for whoever looks: in the time zone that they chose for their mails, otherwise in UTC. */
export async function todayFor(db: TenantDatabase, { actor }: TenantContext): Promise<string> {
  const accountId = accountOf(actor);
  const hour = accountId ? await findHour(db, accountId) : undefined;
  return todayIn(hour?.timeZone);
}

export interface DueShown {
  readonly day: string;
  readonly text: string;
  readonly isLate: boolean;
}

const dayMs = 86_400_000;
const near = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const far = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });

/** `Due tomorrow`, `2 days late`. Public/js/tasks.js says the same by the reader's own calendar. */
export function dueShown(day: string, { today, finished }: { today: string; finished: boolean }): DueShown {
  const days = Math.round((Date.parse(day) - Date.parse(today)) / dayMs);
  const isLate = days < 0 && !finished;
  return { day, isLate, text: isLate ? lateWords(-days) : dueWords(day, { days, today }) };
}

const lateWords = (days: number): string => (days === 1 ? '1 day late' : `${days} days late`);

function dueWords(day: string, { days, today }: { days: number; today: string }): string {
  if (days === 0) return 'Due today';
  if (days === 1) return 'Due tomorrow';
  if (days > 1 && days < 7) return `Due in ${days} days`;
  return `Due ${(day.slice(0, 4) === today.slice(0, 4) ? near : far).format(new Date(day))}`;
}
