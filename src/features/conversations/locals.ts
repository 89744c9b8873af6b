import { z } from 'zod';
import { NotFound } from '../../errors.js';
import { isModelConfigured } from '../../llm/router.js';
import type { TenantContext } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { listAgents } from '../agents/queries.js';
import { ownedBy } from './actions.js';
import { type Conversation, mostCharacters } from './conversation.js';
import { countConversations, getConversation, listConversations } from './queries.js';
import { tagsToFind } from './search-tags.js';
import { listMessages } from './thread/queries.js';
import { shownMessage } from './thread/shown.js';

const perPage = 30;
const inSide = 40;
const messagesAtOnce = 40;
const mostAgents = 200;

/** What a person had typed when the form was refused, and why. */
export interface Typed {
  readonly value: string;
  readonly error: string;
}

const ListQuery = z.object({
  q: z.string().trim().max(200).catch(''),
  before: z.uuid().optional().catch(undefined),
});

export async function listLocals(context: TenantContext, query: unknown) {
  const { q, before } = ListQuery.parse(query);
  const { accountId } = ownedBy(context, '');
  const base = baseOf(context);
  const [found, count] = await readTenant(context, 'conversations.read', (db) => {
    const words = tagsToFind(db, q);
    const nothingToFind = q !== '' && words.length === 0;
    return Promise.all([
      nothingToFind ? [] : listConversations(db, accountId, { words, before, limit: perPage + 1 }),
      countConversations(db, accountId),
    ]);
  });
  const shown = found.slice(0, perPage);
  const last = shown.at(-1);
  const at = (from?: string) =>
    `${base}?${new URLSearchParams({ ...(q ? { q } : {}), ...(from ? { before: from } : {}) })}`;
  return {
    title: 'Conversations',
    conversations: shown.map((conversation) => ({ ...conversation, href: `${base}/${conversation.id}` })),
    count,
    query: q,
    filters: { action: base, query: q, queryLabel: 'Search your conversations', clearHref: q ? base : undefined },
    pages: {
      newer: before ? at() : undefined,
      older: found.length > perPage && last ? at(last.id) : undefined,
    },
  };
}

/** `agentId`: whom to ask; without it, whoever was asked last. */
export async function newLocals(context: TenantContext, agentId: string | undefined, typed?: Typed) {
  const { accountId } = ownedBy(context, '');
  const base = baseOf(context);
  const [agents, recent] = await readTenant(context, 'conversations.read', (db) =>
    Promise.all([
      listAgents(db, { query: '', archived: false }, { limit: mostAgents, offset: 0 }),
      listConversations(db, accountId, { words: [], limit: inSide }),
    ]),
  );
  const wanted = agentId ?? recent[0]?.agentId;
  const oldest = agents.toSorted((one, other) => one.createdAt.getTime() - other.createdAt.getTime())[0];
  const agent = agents.find(({ id }) => id === wanted) ?? oldest;
  return {
    title: 'New conversation',
    agents,
    agent,
    conversations: recent.map((conversation) => inList(conversation, base)),
    modelConfigured: isModelConfigured(),
    composer: agent && {
      action: base,
      stopUrl: '',
      label: `Ask ${agent.name}`,
      hidden: { agent: agent.id },
      autofocus: true,
      note: note(),
      ...typed,
    },
  };
}

export async function threadLocals(
  context: TenantContext,
  id: string,
  asked: { before?: string | undefined; typed?: Typed },
) {
  const owned = ownedBy(context, id);
  const base = baseOf(context);
  const { slug } = context.tenant;
  const [conversation, messages, recent] = await readTenant(context, 'conversations.read', (db) =>
    Promise.all([
      getConversation(db, owned),
      listMessages(db, owned, { before: asked.before, limit: messagesAtOnce + 1 }),
      listConversations(db, owned.accountId, { words: [], limit: inSide }),
    ]),
  );
  if (asked.before && messages.length === 0) throw new NotFound('There is nothing at this address.');
  const shown = messages.slice(-messagesAtOnce);
  const newest = asked.before ? undefined : shown.at(-1);
  const { agentName, agentArchived } = conversation;
  const retryable = newest?.author === 'agent' && newest.status !== 'running' && !agentArchived ? newest.id : undefined;
  const thread = { slug, conversationId: id, agentName, memberName: context.actor.name, retryable };
  const running = newest?.status === 'running' ? newest.id : undefined;
  return {
    title: conversation.title,
    conversation,
    messages: shown.map((message) => shownMessage(message, thread)),
    memberName: context.actor.name,
    earlier: messages.length > messagesAtOnce ? `${base}/${id}?before=${shown[0]?.id}` : undefined,
    newest: asked.before ? `${base}/${id}` : undefined,
    running,
    conversations: recent.map((each) => ({ ...inList(each, base), current: each.id === id })),
    composer: {
      action: `${base}/${id}/messages`,
      stopUrl: `${base}/${id}/messages/{message}/stop`,
      label: `Ask ${agentName}`,
      note: note(),
      ...asked.typed,
    },
  };
}

function inList({ id, title, updatedAt }: Conversation, base: string) {
  return { id, title, at: updatedAt, href: `${base}/${id}`, current: false };
}

const note = () => `Only you can see this conversation. Up to ${mostCharacters.toLocaleString('en')} characters.`;

function baseOf({ tenant }: TenantContext): string {
  return `/w/${tenant.slug}/conversations`;
}
