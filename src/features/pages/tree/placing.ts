import type { TenantDatabase } from '../../../database/database.js';
import { Conflict, Invalid } from '../../../errors.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { lockSpace } from '../../spaces/queries.js';
import { viewerOf } from '../../spaces/viewer.js';
import { deepest, type Page } from '../page.js';
import { getPage, lockPage } from '../queries.js';
import { listPath } from './queries.js';

/**
 * The page with its space, and the one it goes to, held until the transaction ends: whoever else changes the trees waits.
 * Spaces come before pages and in the order of their ids, so that two never wait for each other.
 */
export async function holdPlace(
  db: TenantDatabase,
  context: TenantContext,
  { id, toSpace }: { id: string; toSpace?: string },
): Promise<Page> {
  const viewer = viewerOf(context);
  const { spaceId } = await getPage(db, viewer, id);
  for (const each of [...new Set([spaceId, toSpace ?? spaceId])].sort()) await lockSpace(db, viewer, each);
  const page = await lockPage(db, viewer, id);
  if (page.spaceId !== spaceId) throw new Conflict('This page was moved meanwhile. Look where it is now.');
  return page;
}

/** Whether a page with so many levels may lie in this one. The caller holds the space. */
export async function checkRoomBelow(
  db: TenantDatabase,
  context: TenantContext,
  { spaceId, parentId, levels, moving }: { spaceId: string; parentId: string; levels: number; moving?: string },
): Promise<void> {
  const parent = await lockPage(db, viewerOf(context), parentId);
  if (parent.spaceId !== spaceId) throw new Invalid('Choose a page of the same space.');
  if (parent.archivedAt) throw new Conflict('The page it should lie in is archived. Choose another.');
  const path = await listPath(db, parentId);
  if (moving && path.some(({ id }) => id === moving)) throw new Invalid('A page cannot lie in itself.');
  if (path.length + levels > deepest)
    throw new Invalid(`Pages lie at most ${deepest} deep. Choose a place further up.`);
}
