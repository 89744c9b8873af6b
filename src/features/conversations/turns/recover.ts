import type { TenantDatabase } from '../../../database/database.js';
import { enqueueJob } from '../../../jobs/job.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { eventOf } from '../../../tenancy/events.js';
import { inTenant } from '../../../tenancy/in-tenant.js';
import { tagsOf } from '../search-tags.js';
import { findRunning, markInterrupted } from './recovery/queries.js';
import { tellAll } from './watchers.js';

/** A lease and a little more: whoever renews it has done so by then. */
const lookAgainMs = 25_000;

/**
 * Every answer has a job that looks after it, because its process may be killed at any word. While the answer is written
 * the job comes back later; when the process is gone it ends the answer as interrupted, with all that was kept of it.
 *
 * It does not ask the model again by itself. A second answer would contradict words that the person has read, and its
 * calls would not be those that were made: what has happened once could happen again with other arguments. So the thread
 * shows what was said and done, a call of unknown end as "unknown, not repeated", and the person decides: "Try again"
 * stands beside it, and tells the agent what the interrupted answer had done already.
 */
export async function recoverAnswer(system: TenantContext, messageId: string): Promise<void> {
  const state = await inTenant(system, 'conversations.update', async (db) => {
    const known = await giveUp(db, system, messageId);
    if (known === 'ended') return known;
    const at = new Date(Date.now() + lookAgainMs);
    await enqueueJob(db, 'conversations.recover', { messageId }, { key: `recover ${messageId}`, at });
    return known;
  });
  if (state === 'ended') await tellAll(system.tenant, messageId);
}

/** Ends an answer whose lease is over. One that is still written stays as it is. */
export async function giveUp(
  db: TenantDatabase,
  context: TenantContext,
  messageId: string,
): Promise<'running' | 'ended'> {
  const answer = await findRunning(db, messageId);
  if (!answer) return 'ended';
  if (!answer.over) return 'running';
  const subject = { kind: 'conversation', id: answer.conversationId };
  const details = { messageId, status: 'interrupted', characters: answer.text.length };
  const event = {
    category: 'conversation',
    event: 'conversation.answered',
    outcome: 'failed',
    subject,
    details,
  } as const;
  const rows = await markInterrupted(db, messageId, {
    tags: tagsOf(db, `${answer.question}\n${answer.text}`),
    audited: (from) => eventOf(context, event, from),
  });
  return rows > 0 ? 'ended' : 'running';
}
