import { sharedTransaction } from '../../../database/shared.js';
import { Conflict } from '../../../errors.js';
import { setPublished } from '../../disclosure/credits/queries.js';
import { insertPlatformAct } from '../events/queries.js';
import type { Operator } from '../operator.js';
import { lockReport } from './queries.js';

/** Shows the reporter's name among the acknowledgements, or no longer. Throws Conflict without their consent. */
export async function publishCredit(operator: Operator, reference: string, published: boolean): Promise<void> {
  await sharedTransaction(async (db) => {
    const report = await lockReport(db, reference);
    if (published && report.state !== 'confirmed' && report.state !== 'fixed') {
      throw new Conflict('Only who found a problem is thanked: the report is not confirmed.');
    }
    if ((await setPublished(db, report.id, published)) === 0) {
      throw new Conflict(published ? 'The reporter has not consented, or it is published.' : 'It is not published.');
    }
    const event = published ? 'platform.report-credit-published' : 'platform.report-credit-retracted';
    await insertPlatformAct(db, operator, { event, details: { reference } });
  });
}
