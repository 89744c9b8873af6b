import type { TenantDatabase } from '../../database/database.js';
import type { TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { settleToolCall } from '../conversations/turns/progress/queries.js';
import { lockWaitingIn, markClosed } from './running/queries.js';
import { settle } from './telling.js';

/** What waits in a conversation, when that for which it was asked is stopped: nobody is asked any more, and nothing runs. */
export async function withdrawAllIn(db: TenantDatabase, context: TenantContext, conversationId: string): Promise<void> {
  for (const { id, tool, toolCallId } of await lockWaitingIn(db, conversationId)) {
    if ((await markClosed(db, id, 'withdrawn')) === 0) continue;
    const result = 'What it was for was stopped before anybody decided. It was not run.';
    await settleToolCall(db, toolCallId, { result, outcome: 'withdrawn', durationMs: null });
    await recordEvent(db, context, {
      category: 'decision',
      event: 'decision.withdrawn',
      subject: { kind: 'decision', id },
      details: { tool, callId: toolCallId },
    });
    await settle(db, id);
  }
}
