import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { type Status, statuses } from '../task.js';
import { findNeighbour, type Gap, gapAtEnd, gapBeside, putInto, respread } from './queries.js';

/** Where on the board: a column, and there an end, a step, or beside another task. */
export const Place = z.object({
  status: z.enum(statuses, 'Choose a column.'),
  place: z.enum(['top', 'bottom', 'up', 'down', 'before', 'after'], 'Choose a place.').default('top'),
  neighbour: z.uuid().optional().catch(undefined),
});
export type Place = z.infer<typeof Place>;

/** Digits after the point: each task that is put between two others may cost one. */
const mostDigits = 200;

/** Puts a task where it was asked for, in a transaction that holds the board and the task. */
export async function placeTask(
  db: TenantDatabase,
  task: { readonly id: string; readonly status: Status },
  wanted: Place,
): Promise<void> {
  const { id } = task;
  const { status } = wanted;
  const gap = await gapFor(db, task, wanted);
  if (!gap) return;
  if (digits(gap.above) <= mostDigits && digits(gap.below) <= mostDigits) return putInto(db, id, status, gap);
  await respread(db, status);
  const roomy = await gapFor(db, task, wanted);
  if (roomy) await putInto(db, id, status, roomy);
}

const digits = (position: string | null): number => position?.split('.')[1]?.length ?? 0;

/** Undefined when it is there already. */
async function gapFor(
  db: TenantDatabase,
  task: { readonly id: string; readonly status: Status },
  { status, place, neighbour }: Place,
): Promise<Gap | undefined> {
  const { id } = task;
  if (place === 'bottom') return gapAtEnd(db, { id, status, end: 'bottom' });
  if ((place === 'up' || place === 'down') && task.status === status) {
    const passed = await findNeighbour(db, { id, direction: place });
    const side = place === 'up' ? 'before' : 'after';
    return passed ? gapBeside(db, { id, status, neighbour: passed, side }) : undefined;
  }
  const beside =
    neighbour && (place === 'before' || place === 'after')
      ? await gapBeside(db, { id, status, neighbour, side: place })
      : undefined;
  return beside ?? gapAtEnd(db, { id, status, end: 'top' });
}
