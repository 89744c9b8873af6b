import type { Database } from '../../../database/database.js';
import { dueAt } from '../clocks.js';
import type { Policy } from './policy.js';
import { getPolicy, listOpenReports, savePolicy, setTimes } from './queries.js';

/** In the caller's transaction. When the days that count change, so do the times that were promised for open reports. */
export async function changePolicy(db: Database, policy: Policy): Promise<void> {
  const former = await getPolicy(db);
  await savePolicy(db, policy);
  if (former.businessDays === policy.businessDays) return;
  for (const { id, receivedAt } of await listOpenReports(db)) {
    const at = (clock: 'acknowledgement' | 'resolution') => dueAt(receivedAt, clock, policy.businessDays);
    await setTimes(db, id, { acknowledgeBy: at('acknowledgement'), resolveBy: at('resolution') });
  }
}
