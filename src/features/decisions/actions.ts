import { Forbidden, Invalid } from '../../errors.js';
import { enqueueJob } from '../../jobs/job.js';
import type { TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { settleToolCall } from '../conversations/turns/progress/queries.js';
import { listDeciders } from './approvers.js';
import { approve, checkOwn, checkSeen, deciding, eventFor, step } from './deciding.js';
import { currentVersion } from './decision.js';
import { markAssigned, markClosed } from './running/queries.js';
import { settle, tellAsker } from './telling.js';

export { editDecision } from './editing.js';

/** Approves what the person saw: `seen` is its digest in hex. With the last approval that it needs, the call is queued. */
export function approveDecision(context: TenantContext, id: string, seen: string): Promise<void> {
  return deciding(context, { permission: 'decisions.update', id }, async (held) => {
    checkOwn(held);
    checkSeen(held.decision, seen);
    await approve(held, currentVersion(held.decision));
  });
}

/** Says no, with a reason for the agent and the person who asked. */
export function rejectDecision(context: TenantContext, id: string, reason: string): Promise<void> {
  return deciding(context, { permission: 'decisions.update', id }, async (held) => {
    const { db, decision } = held;
    const version = currentVersion(decision);
    await step(held, 'rejected', version, { reason });
    await markClosed(db, id, 'rejected');
    const result = `Rejected by ${held.person.name}: ${reason}`;
    await settleToolCall(db, decision.toolCallId, { result, outcome: 'rejected', durationMs: null });
    await recordEvent(db, context, eventFor(held, 'decision.rejected', version));
    await settle(db, id);
    await tellAsker(db, context, id, 'rejected');
    await enqueueJob(db, 'decisions.continue', { decisionId: id }, { key: `continue ${id}` });
  });
}

/** Leaves it to somebody else who may approve, who is told by mail. */
export function delegateDecision(context: TenantContext, id: string, to: { id: string; name: string }): Promise<void> {
  return deciding(context, { permission: 'decisions.update', id }, async (held) => {
    const { db, decision } = held;
    const deciders = await listDeciders(db, context, decision);
    if (!deciders.some(({ accountId }) => accountId === to.id)) {
      const message = 'Choose somebody else who may approve and may see what it is about.';
      throw new Invalid(message, { to: message });
    }
    const version = currentVersion(decision);
    await step(held, 'delegated', version, { delegatedTo: to.id });
    await markAssigned(db, id, to.id);
    await recordEvent(db, context, eventFor(held, 'decision.delegated', version, { to: to.id }));
    await enqueueJob(db, 'decisions.announce', { decisionId: id, to: to.id }, { key: `announce ${id} ${to.id}` });
  });
}

/** Whoever asked may take it back while it waits. */
export function withdrawDecision(context: TenantContext, id: string): Promise<void> {
  return deciding(context, { permission: 'decisions.read', id }, async (held) => {
    const { db, decision, person } = held;
    if (decision.accountId !== person.accountId)
      throw new Forbidden('Only who asked can withdraw it. Reject it instead.');
    const version = currentVersion(decision);
    await step(held, 'withdrawn', version);
    await markClosed(db, id, 'withdrawn');
    const result = 'Withdrawn before anybody decided. It was not run.';
    await settleToolCall(db, decision.toolCallId, { result, outcome: 'withdrawn', durationMs: null });
    await recordEvent(db, context, eventFor(held, 'decision.withdrawn', version));
    await settle(db, id);
    await enqueueJob(db, 'decisions.continue', { decisionId: id }, { key: `continue ${id}` });
  });
}
