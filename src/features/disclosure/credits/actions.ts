import { shared, sharedTransaction } from '../../../database/shared.js';
import { tellOperator } from '../actions.js';
import { insertReportEvent } from '../queries.js';
import type { Report } from '../report.js';
import { type Credit, openCredit, sealCredit } from '../sealing.js';
import { type Rating, ratingOf } from '../severity/score.js';
import { findCredit, listPublished, saveConsent, withdrawConsent } from './queries.js';

/** The reporter wants to be thanked in public, under this name. It is shown when an operator has published it. */
export async function consent(report: Report, credit: Credit): Promise<void> {
  await sharedTransaction(async (db) => {
    await saveConsent(db, report.id, sealCredit(report.id, credit));
    await insertReportEvent(db, 'report.credit-consented', report.reference);
    await tellOperator(db, `The reporter of ${report.reference} may be thanked in public`);
  });
}

/** What was published is gone from the page with that. */
export async function withdraw(report: Report): Promise<void> {
  await sharedTransaction(async (db) => {
    if ((await withdrawConsent(db, report.id)) === 0) return;
    await insertReportEvent(db, 'report.credit-withdrawn', report.reference);
  });
}

export async function creditOf({ id }: Report): Promise<Credit | undefined> {
  const sealed = await findCredit(shared(), id);
  return sealed && openCredit(id, sealed);
}

export interface Thanks extends Credit {
  readonly month: Date;
  readonly rating: Rating | undefined;
}

/** Newest first. */
export async function listThanks(): Promise<Thanks[]> {
  return (await listPublished(shared())).map(({ id, credit, receivedAt, score }) => ({
    ...openCredit(id, credit),
    month: receivedAt,
    rating: score === null ? undefined : ratingOf(score),
  }));
}
