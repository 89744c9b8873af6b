import { z } from 'zod';
import type { TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { getSpace, listSpaces } from '../../spaces/queries.js';
import { viewerOf } from '../../spaces/viewer.js';
import { firstOf } from '../locals.js';
import { getPage } from '../queries.js';
import { listLevel, listPath } from './queries.js';

const perLevel = 50;
const optionalId = z.uuid().optional().catch(undefined);
const PlaceQuery = z.object({ space: optionalId, in: optionalId, after: optionalId });

/** Where a page could go, level by level: the space and page that are open, first its own, and the pages in it. */
export async function placeLocals(context: TenantContext, id: string, query: unknown) {
  const { space: asked, in: within, after } = PlaceQuery.parse(query ?? {});
  const viewer = viewerOf(context);
  const shown = await readTenant(context, 'pages.update', async (db) => {
    const page = await getPage(db, viewer, id);
    const opened = within ?? (asked ? undefined : page.parentId);
    const parent = opened ? await getPage(db, viewer, opened) : undefined;
    const space = await getSpace(db, viewer, parent?.spaceId ?? asked ?? page.spaceId);
    const [spaces, path, level] = await Promise.all([
      listSpaces(db, viewer),
      parent ? listPath(db, parent.id) : [],
      listLevel(db, { spaceId: space.id, parentId: parent?.id ?? null, after, limit: perLevel + 1 }),
    ]);
    return { page, parent, space, spaces, path, level };
  });
  const { level, page, parent, space, spaces, path } = shown;
  return {
    title: `Move ${page.title}`,
    styles: ['pages'],
    page,
    parent,
    space,
    spaces,
    above: path,
    ...firstOf(level, perLevel),
    // A page cannot lie in itself.
    blocked: path.some((step) => step.id === id),
    isHere: page.spaceId === space.id && page.parentId === (parent?.id ?? null),
  };
}
