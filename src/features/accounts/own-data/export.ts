import { shared } from '../../../database/shared.js';
import { may, type TenantContext } from '../../../tenancy/context.js';
import { type Membership, memberActor, membershipsOf } from '../../../tenancy/directory.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { unmet } from '../../../tenancy/sign-in-policy.js';
import type { Document } from '../../knowledge/document.js';
import { readerOf } from '../../knowledge/search/search.js';
import type { Account, Origin } from '../account.js';
import { listEventsOf } from '../profile/queries.js';
import { listSessions } from '../sessions/queries.js';
import { conversationsOf } from './conversations.js';
import { findFacts, listAddedBy, listJoined, readFactors } from './queries.js';
import { choicesOf, workOf } from './work.js';

export interface Exporting {
  readonly account: Account;
  readonly origin: Origin;
  /** How this session was signed in: a workspace that it may not enter keeps what it holds. */
  readonly methods: readonly string[];
  readonly idleSeconds: number;
}

const perBatch = 500;

/**
 * All that is kept of a person, as JSON, piece by piece: a long list never lies in memory. What is in a workspace is
 * read through its door, with the rights that the person has there now.
 */
export async function* ownData(exporting: Exporting): AsyncGenerator<string> {
  const { account, idleSeconds } = exporting;
  const [facts, joined, sessions, factors, memberships] = await Promise.all([
    findFacts(shared(), account.id),
    listJoined(shared(), account.id),
    listSessions(shared(), account.id, idleSeconds),
    readFactors(shared(), account.id),
    membershipsOf(account.id),
  ]);
  const roleIn = (tenantId: string) => joined.find((row) => row.tenantId === tenantId);
  yield* object({
    format: 'bailiwick-own-data-1',
    exportedAt: new Date(),
    account: { ...account, ...facts },
    memberships: memberships.map(({ tenant }) => ({
      workspace: tenant.name,
      slug: tenant.slug,
      role: roleIn(tenant.id)?.role,
      joinedAt: roleIn(tenant.id)?.joinedAt,
    })),
    // Its name in the table is of no use to anybody else.
    sessions: sessions.map(({ key: _, ...session }) => session),
    factors,
    events: list(eventsOf(account.id)),
    workspaces: list(memberships.map((membership) => workspaceOf(exporting, membership))),
  });
}

async function* workspaceOf(exporting: Exporting, membership: Membership): AsyncGenerator<string> {
  const { tenant, suspended, policy } = membership;
  const named = { workspace: tenant.name, slug: tenant.slug };
  if (suspended) return yield* object({ ...named, left: 'The workspace is suspended.' });
  if (unmet(policy, exporting.methods).length > 0) {
    const left = 'The workspace demands another sign-in. Sign in that way and download again.';
    return yield* object({ ...named, left });
  }
  const { id: accountId } = exporting.account;
  const { requestId, address } = exporting.origin;
  const actor = memberActor(exporting.account, membership);
  const context: TenantContext = { tenant, actor, trigger: 'page', requestId, address };
  const allowed = (permission: 'conversations.read' | 'knowledge.read') => may(actor, permission);
  const work = Object.entries(workOf(context, accountId)).map(([kind, items]) => [kind, list(items)]);
  yield* object({
    ...named,
    ...(await choicesOf(context, accountId)),
    conversations: allowed('conversations.read') ? list(conversationsOf(context)) : [],
    documents: allowed('knowledge.read') ? list(documentsOf(context, accountId)) : [],
    ...Object.fromEntries(work),
  });
}

async function* eventsOf(accountId: string) {
  let before: string | undefined;
  for (;;) {
    const batch = await listEventsOf(shared(), accountId, { before, limit: perBatch });
    for (const event of batch) yield JSON.stringify(event);
    if (batch.length < perBatch) return;
    before = batch.at(-1)?.id;
  }
}

async function* documentsOf(context: TenantContext, accountId: string) {
  let after: string | undefined;
  for (;;) {
    const page = { accountId, after, limit: perBatch };
    const batch = await readTenant(context, 'knowledge.read', (db) => listAddedBy(db, readerOf(context), page));
    for (const document of batch) yield JSON.stringify(factsOf(document));
    if (batch.length < perBatch) return;
    after = batch.at(-1)?.id;
  }
}

function factsOf({ id, title, source, mediaType, byteSize, pageCount, version, createdAt }: Document) {
  return { id, title, source, mediaType, byteSize, pageCount, version, createdAt };
}

/** Each item is JSON already, whole or in pieces. */
async function* list(items: AsyncIterable<string> | Iterable<AsyncIterable<string> | string>): AsyncGenerator<string> {
  let mark = '[';
  for await (const item of items) {
    yield `${mark}\n`;
    if (isPieces(item)) yield* item;
    else yield item;
    mark = ',';
  }
  yield mark === '[' ? '[]' : '\n]';
}

async function* object(fields: Readonly<Record<string, unknown>>): AsyncGenerator<string> {
  let mark = '{';
  for (const [name, value] of Object.entries(fields)) {
    yield `${mark}\n${JSON.stringify(name)}: `;
    if (isPieces(value)) yield* value;
    else yield JSON.stringify(value) ?? 'null';
    mark = ',';
  }
  yield '\n}';
}

function isPieces(value: unknown): value is AsyncIterable<string> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
