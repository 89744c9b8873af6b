import { z } from 'zod';
import { dueOf } from '../../disclosure/clocks.js';
import type { WithSealed } from '../../disclosure/queries.js';
import { reportStates } from '../../disclosure/report.js';
import { writtenOf } from '../../disclosure/sealing.js';
import { ratingOf, ratings } from '../../disclosure/severity/score.js';

export const perPage = 50;

/** The list's address: what does not fit is as if it were not there. */
export const ReportQuery = z.object({
  q: z.string().trim().toUpperCase().max(20).catch(''),
  state: z
    .enum([...reportStates, 'open'])
    .optional()
    .catch(undefined),
  severity: z
    .enum([...ratings, 'unrated'])
    .optional()
    .catch(undefined),
  due: z.enum(['overdue', 'soon']).optional().catch(undefined),
  page: z.coerce.number().int().min(1).max(100_000).catch(1),
});
export type ReportQuery = z.infer<typeof ReportQuery>;

/** A report as the list shows it. */
export function lined(report: z.infer<typeof WithSealed>, now = new Date()) {
  const { sealed: _, ...known } = report;
  const { subject, from } = writtenOf(report);
  const rating = known.score === null ? undefined : ratingOf(known.score);
  return { ...known, subject, from, rating, due: dueOf(known, now) };
}
