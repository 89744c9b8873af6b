import type { TenantDatabase } from '../../database/database.js';
import { newId } from '../../database/id.js';
import { Conflict, Invalid } from '../../errors.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { type AuditEvent, recordEvent } from '../../tenancy/events.js';
import { inTenant } from '../../tenancy/in-tenant.js';
import { notifyMentions } from '../notifications/mentions.js';
import { listPeople, lockSpace } from '../spaces/queries.js';
import { viewerOf } from '../spaces/viewer.js';
import { deleteDraft } from './drafts/queries.js';
import { longestBody, type Page, type PageSpace, type PageText, sameText } from './page.js';
import { type Author, insertPage, lockPage, updateText } from './queries.js';
import { tellPage } from './telling.js';
import { checkRoomBelow } from './tree/placing.js';
import { getVersion, insertVersion } from './versions/queries.js';

export interface NewPageDraft extends PageText {
  readonly spaceId: string;
  /** Null: at the top of the space. */
  readonly parentId: string | null;
}

/** Answers its id. */
export function createPage(context: TenantContext, draft: NewPageDraft): Promise<string> {
  return inTenant(context, 'pages.create', (db) => createPageIn(db, context, draft));
}

/** The same in the caller's transaction. */
export async function createPageIn(db: TenantDatabase, context: TenantContext, draft: NewPageDraft): Promise<string> {
  const { spaceId, parentId, title, body } = draft;
  const space = await lockSpace(db, viewerOf(context), spaceId);
  if (parentId) await checkRoomBelow(db, context, { spaceId, parentId, levels: 1 });
  const id = newId();
  const [author, text] = [authorOf(context), { title, body }];
  await insertPage(db, { id, spaceId, parentId, author, ...text });
  await insertVersion(db, id, { version: 1, text, author });
  if (!author.agentId) await deleteDraft(db, author.accountId, { spaceId });
  await recordEvent(db, context, pageEvent(id, 'page.created', { space: spaceId, characters: body.length }));
  await tellMentioned(db, context, { id, text, before: '', place: { spaceId, spaceKind: space.kind } });
  await tellPage(db, id, { spaceId, spaceKind: space.kind });
  return id;
}

export interface PageChange {
  readonly title?: string | undefined;
  /** The whole new text. */
  readonly body?: string | undefined;
  /** What is added at the end of the text that is there. */
  readonly append?: string | undefined;
  /** The version that was read: nothing is written over what nobody saw. */
  readonly seen: number;
}

/** Answers the version that is there then. Throws Conflict when there is a newer one than `seen`. */
export function updatePage(context: TenantContext, id: string, change: PageChange): Promise<number> {
  return inTenant(context, 'pages.update', (db) => updatePageIn(db, context, id, change));
}

/** The same in the caller's transaction. */
export async function updatePageIn(
  db: TenantDatabase,
  context: TenantContext,
  id: string,
  change: PageChange,
): Promise<number> {
  const page = await writable(db, context, id, change.seen);
  const whole = change.body ?? page.body;
  const body = change.append ? [whole, change.append].filter(Boolean).join('\n\n') : whole;
  if (body.length > longestBody) throw new Invalid('The page would be too long. Begin another one.');
  return saveVersion(db, context, { page, text: { title: change.title ?? page.title, body }, event: 'page.updated' });
}

/** Makes what an older version said the newest. Answers its number. */
export function restoreVersion(context: TenantContext, id: string, to: { version: number; seen: number }) {
  return inTenant(context, 'pages.update', async (db) => {
    const page = await writable(db, context, id, to.seen);
    const { title, body } = await getVersion(db, id, to.version);
    const from = to.version;
    return saveVersion(db, context, { page, text: { title, body }, event: 'page.version-restored', from });
  });
}

async function writable(db: TenantDatabase, context: TenantContext, id: string, seen: number): Promise<Page> {
  const page = await lockPage(db, viewerOf(context), id);
  if (page.archivedAt) throw new Conflict('This page is archived. Bring it back before you change it.');
  if (page.version !== seen) {
    throw new Conflict(`Somebody changed this page meanwhile. Read version ${page.version}, then save again.`);
  }
  return page;
}

interface Saved {
  readonly page: Page;
  readonly text: PageText;
  readonly event: 'page.updated' | 'page.version-restored';
  readonly from?: number;
}

async function saveVersion(db: TenantDatabase, context: TenantContext, saved: Saved): Promise<number> {
  const { page, text, event, from } = saved;
  const author = authorOf(context);
  if (!author.agentId) await deleteDraft(db, author.accountId, { pageId: page.id });
  if (sameText(page, text)) return page.version;
  const version = page.version + 1;
  await updateText(db, page.id, { text, version, author });
  await insertVersion(db, page.id, { version, text, author, ...(from ? { restoredFrom: from } : {}) });
  const details = { version, characters: text.body.length, ...(from ? { from } : {}) };
  await recordEvent(db, context, pageEvent(page.id, event, details));
  await tellMentioned(db, context, { id: page.id, text, before: page.body, place: page });
  await tellPage(db, page.id, page);
  return version;
}

interface Told {
  readonly id: string;
  readonly text: PageText;
  readonly before: string;
  readonly place: Pick<PageSpace, 'spaceId' | 'spaceKind'>;
}

/** Whoever is named in it, and may see it. */
async function tellMentioned(db: TenantDatabase, context: TenantContext, { id, text, before, place }: Told) {
  const people = place.spaceKind === 'private' ? await listPeople(db, place.spaceId) : undefined;
  await notifyMentions(db, context, {
    text: text.body,
    before,
    subject: { kind: 'page', id },
    title: text.title,
    path: `/pages/${id}`,
    ...(people ? { maySee: people.map(({ accountId }) => accountId) } : {}),
  });
}

function authorOf({ actor }: TenantContext): Author {
  const accountId = accountOf(actor);
  if (!accountId) throw new Error('Pages are written by people, and by agents on their behalf');
  return { accountId, agentId: actor.kind === 'agent' ? actor.agentId : null };
}

export function pageEvent(id: string, event: string, details: AuditEvent['details'] = {}): AuditEvent {
  return { category: 'page', event, subject: { kind: 'page', id }, details };
}
