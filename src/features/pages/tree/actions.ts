import type { TenantDatabase } from '../../../database/database.js';
import { Conflict } from '../../../errors.js';
import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenant } from '../../../tenancy/in-tenant.js';
import { getSpace } from '../../spaces/queries.js';
import { viewerOf } from '../../spaces/viewer.js';
import { pageEvent } from '../actions.js';
import type { Page } from '../page.js';
import { tellPage } from '../telling.js';
import { checkRoomBelow, holdPlace } from './placing.js';
import { deletePageRow, extentOf, markArchived, markRestored, placePage, swapWithNeighbour } from './queries.js';

/** Into another space, page or both, with all that lies in it. Who sees it changes with the space. */
export function movePage(
  context: TenantContext,
  id: string,
  to: { spaceId: string; parentId: string | null },
): Promise<void> {
  return inTenant(context, 'pages.update', async (db) => {
    const { spaceId, parentId } = to;
    const page = await holdPlace(db, context, { id, toSpace: spaceId });
    checkPresent(page);
    if (page.spaceId === spaceId && page.parentId === parentId) return;
    const { pages, steps } = await extentOf(db, id);
    if (parentId) await checkRoomBelow(db, context, { spaceId, parentId, levels: steps + 1, moving: id });
    const { kind } = await getSpace(db, viewerOf(context), spaceId);
    await placePage(db, id, to);
    const details = { from: page.spaceId, to: spaceId, kind, pages: pages + 1 };
    await recordEvent(db, context, pageEvent(id, 'page.moved', details));
    await tellPage(db, id, page);
    if (spaceId !== page.spaceId) await tellPage(db, id, { spaceId, spaceKind: kind });
  });
}

/** One place up or down among its siblings; at the end nothing happens. */
export function reorderPage(context: TenantContext, id: string, direction: 'up' | 'down'): Promise<void> {
  return inTenant(context, 'pages.update', async (db) => {
    const page = await holdPlace(db, context, { id });
    checkPresent(page);
    if ((await swapWithNeighbour(db, page, direction)) === 0) return;
    await recordEvent(db, context, pageEvent(id, 'page.reordered', { direction }));
    await tellPage(db, id, page);
  });
}

/** Answers how many pages went, itself among them. */
export function archivePage(context: TenantContext, id: string): Promise<number> {
  return inTenant(context, 'pages.delete', (db) => archivePageIn(db, context, id));
}

/** The same in the caller's transaction. What lies in it goes along, and comes back with it. */
export async function archivePageIn(db: TenantDatabase, context: TenantContext, id: string): Promise<number> {
  const page = await holdPlace(db, context, { id });
  if (page.archivedAt) return 0;
  const pages = await markArchived(db, id, accountOf(context.actor) ?? null);
  await recordEvent(db, context, pageEvent(id, 'page.archived', { pages }));
  await tellPage(db, id, page);
  return pages;
}

export function unarchivePage(context: TenantContext, id: string): Promise<void> {
  return inTenant(context, 'pages.delete', async (db) => {
    const page = await holdPlace(db, context, { id });
    if (!page.archivedAt) return;
    if (page.archivedWith !== id) {
      throw new Conflict('It was archived with a page that it lies in. Bring that one back.');
    }
    const pages = await markRestored(db, id);
    await recordEvent(db, context, pageEvent(id, 'page.brought-back', { pages }));
    await tellPage(db, id, page);
  });
}

/** For good: with all that lies in it, drafts and history. Answers the page that it was. */
export function deletePage(context: TenantContext, id: string): Promise<Page> {
  return inTenant(context, 'pages.delete', (db) => deletePageIn(db, context, { id, withPages: true }));
}

/** The same in the caller's transaction. Throws Conflict for a page that has others in it, unless they may go, too. */
export async function deletePageIn(
  db: TenantDatabase,
  context: TenantContext,
  { id, withPages }: { id: string; withPages: boolean },
): Promise<Page> {
  const page = await holdPlace(db, context, { id });
  const { pages } = await extentOf(db, id);
  if (pages > 0 && !withPages) throw new Conflict('There are pages in it. Move, archive or delete those first.');
  await deletePageRow(db, id);
  await recordEvent(db, context, pageEvent(id, 'page.deleted', { pages: pages + 1, version: page.version }));
  await tellPage(db, id, page);
  return page;
}

function checkPresent({ archivedAt }: Page): void {
  if (archivedAt) throw new Conflict('This page is archived. Bring it back first.');
}
