import type { FormErrors } from '../../../http/form-errors.js';
import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { calledIn } from '../../spaces/people.js';
import { getSpace } from '../../spaces/queries.js';
import { viewerOf } from '../../spaces/viewer.js';
import { type Draft, findDraft } from '../drafts/queries.js';
import { byLine, useful } from '../locals.js';
import { longestBody, longestTitle, type Page } from '../page.js';
import { getPage } from '../queries.js';
import { renderPage } from '../rendering.js';
import { listPath } from '../tree/queries.js';
import { differenceOf } from '../versions/difference.js';
import { findVersion } from '../versions/queries.js';

export interface Typed extends FormErrors {
  /** What was typed is shown as it would look. */
  readonly preview?: boolean;
}

/**
 * The form of a page that is there. Without `typed` it begins with the person's draft, or with what is saved. `seen`: the
 * version that an open form began with; what was saved since is named.
 */
export async function editLocals(
  context: TenantContext,
  id: string,
  { typed, seen }: { typed?: Typed | undefined; seen?: number | undefined } = {},
) {
  const me = accountOf(context.actor) ?? '';
  const { page, above, draft } = await readTenant(context, 'pages.update', async (db) => {
    const page = await getPage(db, viewerOf(context), id);
    const [path, draft] = await Promise.all([listPath(db, id), findDraft(db, me, { pageId: id })]);
    return { page, above: path.slice(0, -1), draft: useful(draft, page) };
  });
  const { title, body, version } = page;
  const saved = { title, body, version: String(version) };
  return {
    title: `Edit ${page.title}`,
    page,
    space: { id: page.spaceId, name: page.spaceName, kind: page.spaceKind },
    above,
    ...(await formLocals(context, { typed, draft, saved, spaceId: page.spaceId })),
    newer:
      seen !== undefined && seen > 0 && seen < version
        ? { seen, version, by: await authorOf(context, page), at: page.updatedAt }
        : undefined,
  };
}

/** The form of a new one, in a space and perhaps in another page of it. */
export async function newLocals(
  context: TenantContext,
  place: { spaceId: string; parentId: string | undefined },
  typed?: Typed,
) {
  const viewer = viewerOf(context);
  const me = accountOf(context.actor) ?? '';
  const { space, above, draft } = await readTenant(context, 'pages.create', async (db) => {
    const space = await getSpace(db, viewer, place.spaceId);
    const parent = place.parentId ? await getPage(db, viewer, place.parentId) : undefined;
    const [above, draft] = await Promise.all([
      parent?.spaceId === space.id ? listPath(db, parent.id) : [],
      findDraft(db, me, { spaceId: space.id }),
    ]);
    return { space, above, draft: draft && (draft.title || draft.body) ? draft : undefined };
  });
  return {
    title: 'New page',
    page: undefined,
    space,
    above,
    ...(await formLocals(context, { typed, draft, saved: { title: '', body: '', version: '0' }, spaceId: space.id })),
  };
}

interface Content {
  readonly typed: Typed | undefined;
  readonly draft: Draft | undefined;
  readonly spaceId: string;
  readonly saved: { readonly title: string; readonly body: string; readonly version: string };
}

async function formLocals(context: TenantContext, { typed, draft, saved, spaceId }: Content) {
  const resumed = draft && { title: draft.title, body: draft.body, version: String(draft.baseVersion) };
  const values: FormErrors['values'] = typed?.values ?? resumed ?? saved;
  const text = typeof values.body === 'string' ? values.body : '';
  return {
    styles: ['pages', 'mentions', 'live'],
    scripts: ['page-editor', 'mentions', 'live-regions', 'morph'],
    values,
    errors: typed?.errors ?? {},
    draft: typed ? undefined : draft,
    html: typed?.preview ? await renderPage(context, text, spaceId) : undefined,
    conflict: undefined,
    newer: undefined,
    longestTitle,
    longestBody,
  };
}

/** Two wrote at once: what the other one saved, what changed by it, and what was typed here, which is kept. */
export async function conflictLocals(
  context: TenantContext,
  id: string,
  typed: Typed & { seen: number },
  message: string,
) {
  const locals = await editLocals(context, id, { typed });
  const base = await readTenant(context, 'pages.update', (db) => findVersion(db, id, typed.seen));
  const { page } = locals;
  // Archived meanwhile, not written: there is nothing to put together.
  if (page.version === typed.seen) return { ...locals, errors: { '': message } };
  const mine = { title: wordOf(typed, 'title'), body: wordOf(typed, 'body').replace(/\r\n?/g, '\n').trimEnd() };
  return {
    ...locals,
    // What is saved from here on is written over what this page shows.
    values: { ...locals.values, version: String(page.version) },
    conflict: {
      by: await authorOf(context, page),
      at: page.updatedAt,
      version: page.version,
      theirs: base ? differenceOf(base, page) : [],
      mine: differenceOf(page, mine),
    },
  };
}

async function authorOf(context: TenantContext, { updatedBy, updatedAgentName }: Page): Promise<string> {
  const called = await calledIn(context, [updatedBy]);
  return byLine(called(updatedBy), updatedAgentName);
}

function wordOf({ values }: Typed, field: string): string {
  const value = values[field];
  return typeof value === 'string' ? value : '';
}
