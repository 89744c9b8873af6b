import { publish, tellHere } from '../../database/shared.js';
import { Conflict, NotFound } from '../../errors.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenant, inTenantWithShared, readTenant } from '../../tenancy/in-tenant.js';
import { withdrawDecisions } from '../decisions/queries.js';
import type { Owned } from './conversation.js';
import { deleteConversation, renameConversation } from './queries.js';
import { tagsOf } from './search-tags.js';
import { findMessage } from './thread/queries.js';
import { runningTurn, stopped, stopTopic } from './turns/running.js';

export { askQuestion, beginByNote, editQuestion, goOn, retryAnswer, startConversation } from './turns/begin.js';

/** A conversation of whoever acts; of nobody else's there is a way to speak. */
export function ownedBy(context: TenantContext, id: string): Owned {
  return { accountId: accountOf(context.actor) ?? '', id };
}

export function retitleConversation(context: TenantContext, id: string, title: string): Promise<void> {
  return inTenant(context, 'conversations.update', async (db) => {
    const changed = await renameConversation(db, ownedBy(context, id), { title, tags: tagsOf(db, title) });
    if (changed === 0) throw new NotFound('There is nothing at this address.');
    const subject = { kind: 'conversation', id };
    await recordEvent(db, context, { category: 'conversation', event: 'conversation.renamed', subject });
  });
}

/** Ends what is being answered in it, in whichever process. */
export async function removeConversation(context: TenantContext, id: string): Promise<void> {
  await inTenantWithShared(
    context,
    'conversations.delete',
    (shared) => publish(shared, stopTopic, id),
    async (db) => {
      await withdrawDecisions(db, ownedBy(context, id));
      const messages = await deleteConversation(db, ownedBy(context, id));
      if (messages === undefined) throw new NotFound('There is nothing at this address.');
      const subject = { kind: 'conversation', id };
      await recordEvent(db, context, {
        category: 'conversation',
        event: 'conversation.deleted',
        subject,
        details: { messages },
      });
    },
  );
  tellHere(stopTopic, id);
}

/** Stops an answer; what there is of it stays. Resolves when it has ended, if this process runs it. */
export async function stopAnswer(context: TenantContext, conversationId: string, messageId: string): Promise<void> {
  const owned = ownedBy(context, conversationId);
  const message = await readTenant(context, 'conversations.update', (db) => findMessage(db, owned, messageId));
  if (message?.author !== 'agent') throw new NotFound('There is nothing at this address.');
  if (message.status !== 'running') throw new Conflict('This answer has ended already.');
  await inTenantWithShared(
    context,
    'conversations.update',
    (shared) => publish(shared, stopTopic, messageId),
    (db) =>
      recordEvent(db, context, {
        category: 'conversation',
        event: 'conversation.stopped',
        subject: { kind: 'conversation', id: conversationId },
        details: { messageId },
      }),
  );
  const turn = runningTurn(messageId);
  turn?.abort(stopped);
  await turn?.finished;
}
