import { enqueueJob } from '../../../jobs/job.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenantWithShared } from '../../../tenancy/in-tenant.js';
import { settleToolCall } from '../../conversations/turns/progress/queries.js';
import { settle, tellAsker } from '../telling.js';
import { publishDecision } from '../topic.js';
import { holdDecision, markClosed } from './queries.js';

const minuteMs = 60_000;

/** Nobody decided in time: the answer is no. Comes back later when the time is not over yet. */
export async function expireDecision(system: TenantContext, id: string): Promise<void> {
  await inTenantWithShared(
    system,
    'decisions.update',
    (shared) => publishDecision(shared, system.tenant, id),
    async (db) => {
      const held = await holdDecision(db, id);
      if (held?.status !== 'waiting') return;
      if (!held.overdue) {
        const at = new Date(Date.now() + minuteMs);
        return enqueueJob(db, 'decisions.expire', { decisionId: id }, { key: `expire ${id}`, at });
      }
      await markClosed(db, id, 'expired');
      const result = 'Nobody decided in time. It was not run.';
      await settleToolCall(db, held.toolCallId, { result, outcome: 'expired', durationMs: null });
      await recordEvent(db, system, {
        category: 'decision',
        event: 'decision.expired',
        subject: { kind: 'decision', id },
        details: { tool: held.tool, callId: held.toolCallId },
      });
      await settle(db, id);
      await tellAsker(db, system, id, 'expired');
      await enqueueJob(db, 'decisions.continue', { decisionId: id }, { key: `continue ${id}` });
    },
  );
}
