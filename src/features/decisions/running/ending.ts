import type { TenantDatabase } from '../../../database/database.js';
import { enqueueJob } from '../../../jobs/job.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { settleToolCall } from '../../conversations/turns/progress/queries.js';
import { tellAsker } from '../telling.js';
import { type Ending, type Held, markEnded } from './queries.js';

/** What came of an approved call. */
export interface Came {
  readonly status: Ending;
  readonly shown: string;
  readonly durationMs?: number;
}

interface Ended {
  readonly held: Held;
  /** The attempt that ends it, for what is not ended in the transaction that began it. */
  readonly attempt?: string | null;
  readonly digest?: Buffer;
  readonly approvedBy?: readonly string[];
}

const longest = 24_000;

/**
 * Writes the end of a call down: decision, thread, audit, and the agent's going on, in the caller's transaction. False,
 * and nothing written, when somebody else ended it, or another attempt took its place.
 */
export async function endDecision(
  db: TenantDatabase,
  context: TenantContext,
  { held, attempt = held.attempt, digest, approvedBy }: Ended,
  { status, shown, durationMs = 0 }: Came,
): Promise<boolean> {
  const { id, tool, toolCallId: callId } = held;
  const result = shown.slice(0, longest);
  if ((await markEnded(db, id, { status, result, attempt, decidedBy: approvedBy ?? [] })) === 0) return false;
  await settleToolCall(db, callId, { result, outcome: status, durationMs });
  await recordEvent(db, context, {
    category: 'tool',
    event: 'tool.called',
    outcome: status === 'unknown' ? 'failed' : status,
    subject: { kind: 'tool', id: tool },
    ...(digest ? { digest } : {}),
    details: {
      ...{ decisionId: id, callId, durationMs },
      ...(approvedBy ? { approvedBy: approvedBy.join(' ') } : {}),
      ...(status === 'done' ? {} : { why: status }),
    },
  });
  await tellAsker(db, context, id, status);
  await enqueueJob(db, 'decisions.continue', { decisionId: id }, { key: `continue ${id}` });
  return true;
}
