import type { Request, Response } from 'express';
import { z } from 'zod';
import { Conflict, Invalid } from '../../../errors.js';
import { formErrors } from '../../../http/form-errors.js';
import { notice, page } from '../../../http/page.js';
import { idParam } from '../../../http/params.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { tenantContext } from '../../../http/signed-in.js';
import { createPage, updatePage } from '../actions.js';
import { discardDraft, keepDraft } from '../drafts/actions.js';
import type { DraftSubject } from '../drafts/queries.js';
import { KeptDraft, longestBody, PageDraft, SeenVersion } from '../page.js';
import { renderPage } from '../rendering.js';
import { conflictLocals, editLocals, newLocals, type Typed } from './locals.js';

export const pageEditing = feature('/w/:workspace');

/** A person who types has one of each every other second at most. */
const previews = limit({ name: 'page-preview', max: 1200, seconds: 600, by: 'account' });
const keeping = limit({ name: 'page-draft', max: 1200, seconds: 600, by: 'account' });

const Parent = z.object({ parent: z.uuid().optional().catch(undefined) });
/** The space only says which of two pages with one title is meant. */
const Previewed = z.object({
  body: z.string().max(longestBody).catch(''),
  space: z.uuid().catch('00000000-0000-0000-0000-000000000000'),
});
/** What an open form began with: it asks again when the page has changed. */
const Seen = z.object({ seen: z.coerce.number().int().min(0).optional().catch(undefined) });
const Asked = z.object({ preview: z.string().optional().catch(undefined) });

pageEditing.post('/pages/preview', 'pages.update', previews, async (request, response) => {
  const { body, space } = Previewed.parse(request.body ?? {});
  response.json({ html: await renderPage(tenantContext(response), body, space) });
});

pageEditing.get('/spaces/:id/pages/new', 'pages.create', (request, response) => showNew(request, response));

pageEditing.post('/spaces/:id/pages', 'pages.create', async (request, response) => {
  if (wantsPreview(request)) return showNew(request, response, { ...asTyped(request), preview: true });
  const draft = PageDraft.safeParse(request.body ?? {});
  if (!draft.success) return showNew(request, response.status(422), formErrors(request.body, draft.error));
  const place = { spaceId: idParam(request, 'id'), parentId: Parent.parse(request.body ?? {}).parent ?? null };
  try {
    const id = await createPage(tenantContext(response), { ...draft.data, ...place });
    response.redirect(303, `/w/${tenantContext(response).tenant.slug}/pages/${id}`);
  } catch (error) {
    if (!(error instanceof Invalid || error instanceof Conflict)) throw error;
    const typed = { ...asTyped(request), errors: { '': error.message } };
    await showNew(request, response.status(error.status), typed);
  }
});

pageEditing.post('/spaces/:id/pages/draft', 'pages.create', keeping, (request, response) =>
  keep(request, response, { spaceId: idParam(request, 'id') }),
);

pageEditing.post('/spaces/:id/pages/draft/deletion', 'pages.create', async (request, response) => {
  const spaceId = idParam(request, 'id');
  await discardDraft(tenantContext(response), { spaceId });
  response.redirect(303, `/w/${tenantContext(response).tenant.slug}/spaces/${spaceId}`);
});

pageEditing.get('/pages/:id/edit', 'pages.update', async (request, response) => {
  const { seen } = Seen.parse(request.query);
  await page(response, 'pages/form', await editLocals(tenantContext(response), idParam(request, 'id'), { seen }));
});

pageEditing.post('/pages/:id', 'pages.update', async (request, response) => {
  const context = tenantContext(response);
  const id = idParam(request, 'id');
  const show = async (typed: Typed) => page(response, 'pages/form', await editLocals(context, id, { typed }));
  if (wantsPreview(request)) return show({ ...asTyped(request), preview: true });
  const draft = PageDraft.safeParse(request.body ?? {});
  const { version: seen } = SeenVersion.parse(request.body ?? {});
  if (!draft.success) {
    response.status(422);
    return show(formErrors(request.body, draft.error));
  }
  try {
    await updatePage(context, id, { ...draft.data, seen });
    notice(request, 'The page was saved.');
    response.redirect(303, `/w/${context.tenant.slug}/pages/${id}`);
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    await keepDraft(context, { pageId: id }, { ...draft.data, version: seen });
    const typed = { ...asTyped(request), errors: {}, seen };
    await page(response.status(409), 'pages/form', await conflictLocals(context, id, typed, error.message));
  }
});

pageEditing.post('/pages/:id/draft', 'pages.update', keeping, (request, response) =>
  keep(request, response, { pageId: idParam(request, 'id') }),
);

pageEditing.post('/pages/:id/draft/deletion', 'pages.update', async (request, response) => {
  const pageId = idParam(request, 'id');
  await discardDraft(tenantContext(response), { pageId });
  notice(request, 'Your draft was thrown away. This is what is saved.');
  response.redirect(303, `/w/${tenantContext(response).tenant.slug}/pages/${pageId}`);
});

async function showNew(request: Request, response: Response, typed?: Typed): Promise<void> {
  const { parent } = Parent.parse({ ...request.query, ...request.body });
  const place = { spaceId: idParam(request, 'id'), parentId: parent };
  await page(response, 'pages/form', await newLocals(tenantContext(response), place, typed));
}

async function keep(request: Request, response: Response, subject: DraftSubject): Promise<void> {
  await keepDraft(tenantContext(response), subject, KeptDraft.parse(request.body ?? {}));
  response.json({ saved: true });
}

const wantsPreview = (request: Request) => Asked.parse(request.body ?? {}).preview !== undefined;

function asTyped(request: Request): Typed {
  return formErrors(request.body, new Invalid(''));
}
