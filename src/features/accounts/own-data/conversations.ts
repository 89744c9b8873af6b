import type { TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { ownedBy } from '../../conversations/actions.js';
import type { Conversation } from '../../conversations/conversation.js';
import { listConversations } from '../../conversations/queries.js';
import type { Message } from '../../conversations/thread/message.js';
import { listMessages } from '../../conversations/thread/queries.js';

const conversationsPerBatch = 50;
const messagesPerBatch = 200;

/** The person's own conversations in one workspace, last used first, each as JSON. */
export async function* conversationsOf(context: TenantContext): AsyncGenerator<string> {
  const { accountId } = ownedBy(context, '');
  let before: string | undefined;
  for (;;) {
    const page = { words: [], before, limit: conversationsPerBatch };
    const batch = await readTenant(context, 'conversations.read', (db) => listConversations(db, accountId, page));
    for (const conversation of batch) yield JSON.stringify(await withMessages(context, conversation));
    if (batch.length < conversationsPerBatch) return;
    before = batch.at(-1)?.id;
  }
}

async function withMessages(context: TenantContext, { id, title, agentName, createdAt, updatedAt }: Conversation) {
  const messages: Message[] = [];
  for (;;) {
    const page = { before: messages[0]?.id, limit: messagesPerBatch };
    const batch = await readTenant(context, 'conversations.read', (db) => listMessages(db, ownedBy(context, id), page));
    messages.unshift(...batch);
    if (batch.length < messagesPerBatch) break;
  }
  return { id, title, agent: agentName, createdAt, updatedAt, messages: messages.map(shown) };
}

function shown({ id, author, createdAt, text, status, model, citations, toolCalls }: Message) {
  return {
    ...{ id, author, createdAt, text, status, model },
    citations: citations.map(({ number, title, documentId }) => ({ number, title, documentId })),
    toolCalls: toolCalls.map(({ name, arguments: given, result, outcome }) => ({
      name,
      arguments: given,
      result,
      outcome,
    })),
  };
}
