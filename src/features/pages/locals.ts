import { z } from 'zod';
import type { TenantDatabase } from '../../database/database.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { calledIn } from '../spaces/people.js';
import { getSpace, listSpaces } from '../spaces/queries.js';
import { viewerOf } from '../spaces/viewer.js';
import { type Draft, findDraft } from './drafts/queries.js';
import { type Page, sameText } from './page.js';
import { getPage, searchPages } from './queries.js';
import { renderPage } from './rendering.js';
import { tagsToFind } from './search-tags.js';
import { extentOf, listArchived, listLevel, listPath } from './tree/queries.js';

const perSearch = 30;
const mostRecent = 12;
const perLevel = 50;

const optionalId = z.uuid().optional().catch(undefined);
const IndexQuery = z.object({ q: z.string().trim().max(200).catch(''), space: optionalId, before: optionalId });

/** Where pages begin: the spaces, what changed lately, or what a search finds. */
export async function indexLocals(context: TenantContext, query: unknown) {
  const { q, space, before } = IndexQuery.parse(query ?? {});
  const viewer = viewerOf(context);
  const narrowed = q !== '' || space !== undefined;
  const limit = narrowed ? perSearch : mostRecent;
  const [spaces, pages] = await readTenant(context, 'pages.read', (db) =>
    Promise.all([
      listSpaces(db, viewer),
      searchPages(db, viewer, { words: tagsToFind(db, q), spaceId: space, before, limit: limit + 1 }),
    ]),
  );
  const found = pages.slice(0, limit);
  const base = `/w/${context.tenant.slug}/pages`;
  const last = pages.length > limit ? found.at(-1)?.id : undefined;
  return {
    title: q ? `Pages with “${q}”` : 'Pages',
    styles: ['pages', 'live'],
    scripts: ['live-regions', 'morph'],
    spaces,
    pages: found,
    narrowed,
    next: narrowed && last ? `${base}?${new URLSearchParams({ q, space: space ?? '', before: last })}` : undefined,
    first: before ? `${base}?${new URLSearchParams({ q, space: space ?? '' })}` : undefined,
    filters: {
      action: base,
      query: q,
      queryLabel: 'Search titles and text',
      selects: [
        {
          name: 'space',
          label: 'Space',
          value: space ?? '',
          options: [{ value: '', label: 'All spaces' }, ...spaces.map(({ id, name }) => ({ value: id, label: name }))],
        },
      ],
      clearHref: narrowed ? base : undefined,
    },
  };
}

const AfterQuery = z.object({ after: optionalId });

export async function showLocals(context: TenantContext, id: string, query: unknown) {
  const { after } = AfterQuery.parse(query ?? {});
  const viewer = viewerOf(context);
  const me = accountOf(context.actor) ?? '';
  const { page, path, inside, draft } = await readTenant(context, 'pages.read', async (db) => {
    const page = await getPage(db, viewer, id);
    const [path, inside, draft] = await Promise.all([
      listPath(db, id),
      listLevel(db, { spaceId: page.spaceId, parentId: id, after, limit: perLevel + 1 }),
      findDraft(db, me, { pageId: id }),
    ]);
    return { page, path, inside, draft };
  });
  const [html, called] = await Promise.all([
    renderPage(context, page.body, page.spaceId),
    calledIn(context, [page.createdBy, page.updatedBy, page.archivedBy]),
  ]);
  return {
    title: page.title,
    styles: ['pages', 'live'],
    scripts: ['page-tree', 'live-regions', 'morph'],
    page: { ...page, html },
    above: path.slice(0, -1),
    ...firstOf(inside, perLevel),
    draft: useful(draft, page),
    createdBy: called(page.createdBy),
    updatedBy: byLine(called(page.updatedBy), page.updatedAgentName),
    archivedBy: called(page.archivedBy),
  };
}

/** A page of siblings and, if there are more, after which the next ones come. */
export function firstOf<Each extends { id: string }>(pages: readonly Each[], limit: number) {
  const inside = pages.slice(0, limit);
  return { inside, nextAfter: pages.length > limit ? inside.at(-1)?.id : undefined };
}

/** What was typed and says something else than what is saved. */
export function useful(draft: Draft | undefined, page: Page): Draft | undefined {
  return draft && !sameText(draft, page) ? draft : undefined;
}

export function byLine(name: string, agentName: string | null): string {
  return agentName ? `${agentName} for ${name}` : name;
}

/** For pages that ask first: the page, and how much lies in it. */
export async function extentLocals(context: TenantContext, id: string) {
  const [page, extent] = await readTenant(context, 'pages.read', async (db) => {
    const page = await getPage(db, viewerOf(context), id);
    return [page, await extentOf(db, id)] as const;
  });
  return { page, inside: extent.pages };
}

/** The branch that a page with script opens in a tree. */
export async function branchOf(context: TenantContext, id: string) {
  const inside = await readTenant(context, 'pages.read', async (db) => {
    const { spaceId } = await getPage(db, viewerOf(context), id);
    return listLevel(db, { spaceId, parentId: id, limit: perLevel + 1 });
  });
  const shown = firstOf(inside, perLevel);
  return {
    pages: shown.inside.map(({ id, title, hasPages }) => ({ id, title, hasPages })),
    more: shown.nextAfter !== undefined,
  };
}

const ArchiveQuery = z.object({ before: optionalId });

export async function archiveLocals(context: TenantContext, spaceId: string, query: unknown) {
  const { before } = ArchiveQuery.parse(query ?? {});
  const [space, archived] = await readTenant(context, 'pages.read', async (db: TenantDatabase) => {
    const space = await getSpace(db, viewerOf(context), spaceId);
    return [space, await listArchived(db, { spaceId, before, limit: perLevel + 1 })] as const;
  });
  const { inside, nextAfter } = firstOf(archived, perLevel);
  const called = await calledIn(
    context,
    inside.map(({ archivedBy }) => archivedBy),
  );
  const pages = inside.map((page) => ({ ...page, archivedBy: called(page.archivedBy) }));
  return {
    title: `Archive of ${space.name}`,
    styles: ['pages', 'live'],
    scripts: ['live-regions', 'morph'],
    space,
    pages,
    nextBefore: nextAfter,
  };
}
