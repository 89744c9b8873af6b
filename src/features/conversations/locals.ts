import { z } from 'zod';
import { NotFound } from '../../errors.js';
import { plural } from '../../http/wording.js';
import { isModelConfigured } from '../../llm/router.js';
import type { TenantContext } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { listAgents } from '../agents/queries.js';
import { ownedBy } from './actions.js';
import { type Conversation, mostCharacters } from './conversation.js';
import { listFiles } from './files/queries.js';
import { getConversation, hasConversations, listConversations } from './queries.js';
import { tagsToFind } from './search-tags.js';
import { listReaders } from './sharing/queries.js';
import { listBranch } from './thread/branch/queries.js';
import { findMessage } from './thread/queries.js';
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
  const [found, any] = await readTenant(context, 'conversations.read', (db) => {
    const words = tagsToFind(db, q);
    const nothingToFind = q !== '' && words.length === 0;
    return Promise.all([
      nothingToFind ? [] : listConversations(db, accountId, { words, before, limit: perPage + 1 }),
      hasConversations(db, accountId),
    ]);
  });
  const shown = found.slice(0, perPage);
  const last = shown.at(-1);
  const at = (from?: string) =>
    `${base}?${new URLSearchParams({ ...(q ? { q } : {}), ...(from ? { before: from } : {}) })}`;
  return {
    title: 'Conversations',
    conversations: shown.map((conversation) => ({ ...conversation, href: `${base}/${conversation.id}` })),
    any,
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
    chatFiles: agent && { action: `${base}/files`, fields: { agent: agent.id }, files: [] },
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

/** Which messages of a conversation: those before one, or those of the branch that goes through one. */
interface Stretch {
  readonly before?: string | undefined;
  readonly branch?: string | undefined;
}

export async function threadLocals(context: TenantContext, id: string, asked: Stretch & { typed?: Typed }) {
  const base = baseOf(context);
  const { slug } = context.tenant;
  const [conversation, messages, recent, readers, files] = await readThread(context, id, asked);
  const shown = messages.slice(-messagesAtOnce);
  const newest = asked.before ? undefined : shown.at(-1);
  const { agentName, agentArchived } = conversation;
  const running = newest?.status === 'running' ? newest.id : undefined;
  const open = !agentArchived && !running;
  const thread = { slug, address: `${base}/${id}`, agentName, memberName: context.actor.name, open };
  return {
    title: conversation.title,
    conversation,
    readers: readers.length,
    chatFiles: {
      action: `${base}/${id}/files`,
      files: files.map((file) => ({ name: file.name, href: `${base}/${id}/files/${file.id}` })),
    },
    messages: shown.map((message) => shownMessage(message, thread)),
    memberName: context.actor.name,
    earlier: messages.length > messagesAtOnce ? `${base}/${id}?before=${shown[0]?.id}` : undefined,
    newest: asked.before ? `${base}/${id}` : undefined,
    running,
    /** Another way of asking was chosen than the one that was last gone on with. */
    branched: asked.branch !== undefined,
    conversations: recent.map((each) => ({ ...inList(each, base), current: each.id === id })),
    composer: {
      ...composerIn(`${base}/${id}`, { agentName, readers: readers.length }),
      hidden: newest ? { after: newest.id } : {},
      ...asked.typed,
    },
  };
}

/** Throws NotFound for what is not this person's, and for a stretch with nothing in it. */
async function readThread(context: TenantContext, id: string, { before, branch }: Stretch) {
  const owned = ownedBy(context, id);
  const read = await readTenant(context, 'conversations.read', (db) =>
    Promise.all([
      getConversation(db, owned),
      listBranch(db, owned, { through: branch, before, limit: messagesAtOnce + 1 }),
      listConversations(db, owned.accountId, { words: [], limit: inSide }),
      listReaders(db, owned),
      listFiles(db, owned),
    ]),
  );
  const [, messages] = read;
  if ((before || branch) && messages.length === 0) throw new NotFound('There is nothing at this address.');
  return read;
}

function composerIn(address: string, { agentName, readers }: { agentName: string; readers: number }) {
  return {
    action: `${address}/messages`,
    stopUrl: `${address}/messages/{message}/stop`,
    label: `Ask ${agentName}`,
    note: note(readers),
  };
}

/** A question in a form, to be put in other words. Throws NotFound for what is no question of this person's. */
export async function revisionLocals(
  context: TenantContext,
  { id, messageId }: { id: string; messageId: string },
  typed?: Typed,
) {
  const owned = ownedBy(context, id);
  const [conversation, message] = await readTenant(context, 'conversations.update', (db) =>
    Promise.all([getConversation(db, owned), findMessage(db, owned, messageId)]),
  );
  if (message?.author !== 'member') throw new NotFound('There is nothing at this address.');
  const here = `${baseOf(context)}/${id}`;
  return {
    title: 'Ask in other words',
    conversation,
    backHref: `${here}?branch=${messageId}#message-${messageId}`,
    composer: {
      action: `${here}/questions/${messageId}/revision`,
      stopUrl: '',
      label: 'Your question',
      value: message.text,
      autofocus: true,
      note: 'The old question and its answer stay: you can go back and forth between them.',
      ...typed,
    },
  };
}

function inList({ id, title, updatedAt }: Conversation, base: string) {
  return { id, title, at: updatedAt, href: `${base}/${id}`, current: false };
}

function note(readers = 0): string {
  const seen = readers === 0 ? 'Only you can see' : `You and ${plural(readers, 'other member')} can read`;
  return `${seen} this conversation. Up to ${mostCharacters.toLocaleString('en')} characters.`;
}

function baseOf({ tenant }: TenantContext): string {
  return `/w/${tenant.slug}/conversations`;
}
