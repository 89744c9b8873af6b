import { shared } from '../../../database/shared.js';
import { NotFound } from '../../../errors.js';
import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { readerOf } from '../../knowledge/search/search.js';
import { ownedBy } from '../actions.js';
import type { Owned } from '../conversation.js';
import { getConversation } from '../queries.js';
import { type BranchMessage, listBranch } from '../thread/branch/queries.js';
import { shownMessage } from '../thread/shown.js';
import { getMembership, getShared, listPeople, listReadable, listReaders, listSharedWith } from './queries.js';

const mostListed = 200;
const mostPeople = 200;
const messagesAtOnce = 40;

export interface SharingForm {
  readonly values: Readonly<Record<string, unknown>>;
  readonly errors: Readonly<Record<string, string>>;
}

/** For the owner: who can read it, and whom else to let. */
export async function sharingLocals(context: TenantContext, id: string, form: SharingForm) {
  const owned = ownedBy(context, id);
  const [conversation, readers] = await readTenant(context, 'conversations.update', (db) =>
    Promise.all([getConversation(db, owned), listReaders(db, owned)]),
  );
  const people = await listPeople(shared(), context.tenant.id, undefined, mostPeople);
  const known = new Set([owned.accountId, ...readers.map(({ accountId }) => accountId)]);
  const others = people.filter(({ accountId }) => !known.has(accountId));
  return { title: 'Share the conversation', conversation, readers, people: others, ...form };
}

export async function sharedListLocals(context: TenantContext) {
  const reader = await readerNow(context);
  const found = await readTenant(context, 'conversations.read', (db) => listSharedWith(db, reader, mostListed));
  const base = `/w/${context.tenant.slug}/conversations`;
  return {
    title: 'Shared with you',
    conversations: found.map((conversation) => ({ ...conversation, href: `${base}/${conversation.id}/shared` })),
  };
}

/** For a member with whom it is shared, and for its owner to see what they see. */
export async function sharedLocals(context: TenantContext, id: string, asked: Asked) {
  const reader = await readerNow(context);
  const conversation = await readTenant(context, 'conversations.read', (db) => getShared(db, reader, id));
  const isOwner = conversation.ownerId === reader.accountId;
  const { agentName, ownerId } = conversation;
  const ownerName = isOwner ? context.actor.name : conversation.ownerName;
  const address = `/w/${context.tenant.slug}/conversations/${id}/shared`;
  return {
    title: conversation.title,
    conversation,
    text: isOwner
      ? 'This is what the members see with whom you share it.'
      : `${ownerName} lets you read this conversation with ${agentName}.`,
    ...(await threadFor(context, { owned: { accountId: ownerId, id }, asked, address, agentName, ownerName })),
  };
}

interface Asked {
  readonly before?: string | undefined;
  readonly branch?: string | undefined;
}

export interface Reading {
  /** Judged by the caller: whoever reads may read this conversation of its owner. */
  readonly owned: Owned;
  readonly asked: Asked;
  /** Where the thread is shown. */
  readonly address: string;
  readonly agentName: string;
  readonly ownerName: string;
}

/**
 * For a reader: the thread, without any door to act in it. Sources only as far as the reader may open them, and of tool
 * calls that they were made: what they found may come from documents that the reader may not see.
 */
export async function threadFor(context: TenantContext, { owned, asked, address, agentName, ownerName }: Reading) {
  const [messages, readable] = await readTenant(context, 'conversations.read', async (db) => {
    const page = { through: asked.branch, before: asked.before, limit: messagesAtOnce + 1 };
    const branch = await listBranch(db, owned, page);
    const cited = branch.flatMap(({ citations }) => citations.map(({ documentId }) => documentId));
    return [branch, await listReadable(db, readerOf(context), cited)] as const;
  });
  if ((asked.before || asked.branch) && messages.length === 0) throw new NotFound('There is nothing at this address.');
  const thread = { slug: context.tenant.slug, address, agentName, memberName: ownerName, open: false };
  const shown = messages.slice(-messagesAtOnce);
  return {
    messages: shown.map((message) => ({ ...shownMessage(forReader(message, readable), thread), ...withoutDoors })),
    earlier: messages.length > messagesAtOnce ? `${address}?before=${shown[0]?.id}` : undefined,
    newest: asked.before ? address : undefined,
  };
}

const withoutDoors = { streamUrl: undefined, stopUrl: undefined, retryUrl: undefined, editUrl: undefined };

function forReader(message: BranchMessage, readable: ReadonlySet<string>): BranchMessage {
  return {
    ...message,
    citations: message.citations.filter(({ documentId }) => readable.has(documentId)),
    toolCalls: message.toolCalls.map((call) => ({ ...call, arguments: '', result: kept, decision: undefined })),
  };
}

const kept = 'Only the owner of this conversation sees what was asked for and what came of it.';

function readerNow({ tenant, actor }: TenantContext) {
  return getMembership(shared(), tenant.id, accountOf(actor) ?? '');
}
