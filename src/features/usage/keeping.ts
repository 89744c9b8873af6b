import type { TenantDatabase } from '../../database/database.js';
import { newId } from '../../database/id.js';
import { shared } from '../../database/shared.js';
import { enqueueJob } from '../../jobs/job.js';
import { log } from '../../log.js';
import type { TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenant } from '../../tenancy/in-tenant.js';
import { deleteOldCalls } from './own/queries.js';
import { listWorkspaces } from './queries.js';
import { monthsKept } from './usage.js';

const dayMs = 24 * 3600_000;
/** When the month of today is old enough, whichever month it is and by whichever clock. */
const whenOld = () => new Date(Date.now() + ((monthsKept + 1) * 31 + 2) * dayMs);

/**
 * With the first call of a month. What is old goes now, so that a workspace that is used keeps no more than it says; and
 * what the month itself will hold goes in its time, also when nobody ever asks again.
 */
export async function enqueueSweeps(db: TenantDatabase): Promise<void> {
  const at = whenOld();
  await enqueueJob(db, 'usage.sweep', {}, { key: 'usage sweep' });
  await enqueueJob(db, 'usage.sweep', {}, { key: `usage sweep ${at.toISOString().slice(0, 7)}`, at });
}

/** AG-3: deletes what is older than is said (features/security/retention.ts). */
export function sweepCalls(system: TenantContext): Promise<void> {
  return inTenant(system, 'workspace.read', async (db) => {
    const calls = await deleteOldCalls(db);
    if (calls === 0) return;
    await recordEvent(db, system, {
      category: 'settings',
      event: 'usage.swept',
      details: { calls, months: monthsKept },
    });
  });
}

/**
 * By the clock, every workspace: one in which nobody asks any more orders no sweep, and what it holds from a time when
 * none was ordered goes all the same.
 */
export async function sweepEveryWorkspace(): Promise<void> {
  const actor = { kind: 'system', name: 'usage.sweeps', may: ['workspace.read'] } as const;
  for (const tenant of await listWorkspaces(shared())) {
    await sweepCalls({ tenant, actor, trigger: 'job', requestId: newId() }).catch((error: unknown) => {
      // One that is being deleted meanwhile must not keep the others from theirs.
      log().warn({ err: error, tenant: tenant.id }, 'old calls were not deleted; it is tried again next week');
    });
  }
}
