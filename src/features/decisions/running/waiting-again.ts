import type { TenantDatabase } from '../../../database/database.js';
import { enqueueJob } from '../../../jobs/job.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { type Held, markWaitingAgain } from './queries.js';

/**
 * An approved call that too few of those who approved it still may approve has not been approved. It waits for somebody
 * else, until the time that it had from the beginning: when that is over, the answer is no.
 */
export async function waitAgain(db: TenantDatabase, context: TenantContext, held: Held): Promise<void> {
  const { id, tool, toolCallId: callId, expiresAt: at } = held;
  if ((await markWaitingAgain(db, id)) === 0) return;
  await recordEvent(db, context, {
    category: 'decision',
    event: 'decision.reopened',
    subject: { kind: 'decision', id },
    details: { tool, callId, why: 'too few approvals hold' },
  });
  await enqueueJob(db, 'decisions.announce', { decisionId: id }, { key: `announce ${id}` });
  await enqueueJob(db, 'decisions.expire', { decisionId: id }, { key: `expire ${id}`, at });
}
