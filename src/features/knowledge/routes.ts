import type { Response } from 'express';
import { z } from 'zod';
import { Invalid, NotFound } from '../../errors.js';
import { formErrors } from '../../http/form-errors.js';
import { notice, page } from '../../http/page.js';
import { idParam } from '../../http/params.js';
import { limit } from '../../http/rate-limit.js';
import { feature } from '../../http/route.js';
import { tenantContext } from '../../http/signed-in.js';
import { may } from '../../tenancy/context.js';
import {
  addSample,
  changeAccess,
  dismissDocument,
  fetchDocument,
  openDocument,
  pasteDocument,
  reindexDocument,
  removeDocument,
  uploadDocument,
} from './actions.js';
import { arrivedFiles, roomForFiles, takeFiles } from './arrivals.js';
import { AccessDraft, AddressDraft, PasteDraft } from './document.js';
import { dismissGap, readGap } from './gaps/actions.js';
import { addLocals, listLocals, showLocals } from './locals.js';
import { readDocumentPage } from './reader.js';

export const knowledge = feature('/w/:workspace/knowledge');

/** Requests, not files: a page with script sends one for each file. */
const additions = limit({ name: 'knowledge', max: 3000, seconds: 3600, by: 'account' });
const fetches = limit({ name: 'knowledge-fetch', max: 60, seconds: 3600, by: 'account' });

knowledge.get('/', 'knowledge.read', async (request, response) => {
  await page(response, 'knowledge/index', await listLocals(tenantContext(response), request.query));
});

knowledge.post('/', 'knowledge.create', additions, roomForFiles, takeFiles, async (request, response) => {
  const arrived = arrivedFiles(request);
  if (arrived.length === 0) throw new Invalid('Choose at least one file.', { files: 'Choose at least one file.' });
  const documents: { id: string; statusUrl: string }[] = [];
  for (const file of arrived) {
    const id = await uploadDocument(tenantContext(response), file);
    documents.push({ id, statusUrl: `${base(response)}/${id}/status` });
  }
  if (request.accepts(['html', 'json']) === 'json') response.status(201).json({ ...documents[0], documents });
  else response.redirect(303, base(response));
});

knowledge.post('/sample', 'knowledge.create', additions, async (request, response) => {
  await addSample(tenantContext(response));
  notice(request, 'The sample is being indexed. Ask Guide about it in a moment.');
  response.redirect(303, base(response));
});

knowledge.post('/pasted', 'knowledge.create', additions, async (request, response) => {
  const draft = PasteDraft.safeParse(request.body);
  if (!draft.success) return showAdd(response.status(422), formErrors(request.body, draft.error));
  const id = await pasteDocument(tenantContext(response), draft.data);
  await answerGap(response, request.body.gap);
  response.redirect(303, `${base(response)}/${id}`);
});

knowledge.post('/fetched', 'knowledge.create', fetches, async (request, response) => {
  const draft = AddressDraft.safeParse(request.body);
  if (!draft.success) return showAdd(response.status(422), formErrors(request.body, draft.error));
  try {
    const id = await fetchDocument(tenantContext(response), draft.data.address);
    response.redirect(303, `${base(response)}/${id}`);
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    await showAdd(response.status(422), formErrors(request.body, new Invalid('', { address: error.message })));
  }
});

const GapId = z.uuid().optional().catch(undefined);

knowledge.get('/new', 'knowledge.create', async (request, response) => {
  const gap = GapId.parse(request.query.gap);
  const asked = gap && managesKnowledge(response) ? await readGap(tenantContext(response), gap) : undefined;
  await showAdd(response, { values: asked ? { title: asked.question, gap: asked.id } : {}, errors: {} });
});

const PlaceQuery = z.object({
  chunk: z.uuid().optional().catch(undefined),
  part: z.coerce.number().int().min(1).catch(0),
});

knowledge.get('/:id', 'knowledge.read', async (request, response) => {
  const place = PlaceQuery.parse(request.query);
  const context = tenantContext(response);
  const shown = await readDocumentPage(context, idParam(request, 'id'), place);
  await page(response, 'knowledge/show', await showLocals(context, shown));
});

knowledge.get('/:id/status', 'knowledge.read', async (request, response) => {
  const document = await openDocument(tenantContext(response), idParam(request, 'id'));
  const { id, title, stage, progress, failure } = document;
  response.json({ id, title, stage, progress, failure, href: `${base(response)}/${id}` });
});

knowledge.post('/:id/indexing', 'knowledge.update', additions, async (request, response) => {
  const id = idParam(request, 'id');
  await reindexDocument(tenantContext(response), id);
  notice(request, 'It is being indexed again.');
  response.redirect(303, `${base(response)}/${id}`);
});

knowledge.post('/:id/access', 'knowledge.manage', async (request, response) => {
  const id = idParam(request, 'id');
  const draft = AccessDraft.safeParse(request.body);
  if (!draft.success) throw new Invalid('Choose who may find and open it.');
  await changeAccess(tenantContext(response), id, draft.data);
  notice(request, 'Access was changed. It counts from the next search on.');
  response.redirect(303, `${base(response)}/${id}`);
});

knowledge.post('/:id/dismissal', 'knowledge.create', async (request, response) => {
  await dismissDocument(tenantContext(response), idParam(request, 'id'));
  response.redirect(303, base(response));
});

knowledge.get('/:id/deletion', 'knowledge.delete', async (request, response) => {
  const document = await openDocument(tenantContext(response), idParam(request, 'id'));
  await page(response, 'knowledge/deletion', { title: `Delete ${document.title}`, document });
});

knowledge.post('/:id/deletion', 'knowledge.delete', async (request, response) => {
  await removeDocument(tenantContext(response), idParam(request, 'id'));
  notice(request, 'The document, its passages and its index are gone.');
  response.redirect(303, base(response));
});

const managesKnowledge = (response: Response) => may(tenantContext(response).actor, 'knowledge.manage');

/** The question that this document was added for needs no answer any more. One that is gone meanwhile is no trouble. */
async function answerGap(response: Response, given: unknown): Promise<void> {
  const gap = GapId.parse(given);
  if (!gap || !managesKnowledge(response)) return;
  await dismissGap(tenantContext(response), gap).catch((error: unknown) => {
    if (!(error instanceof NotFound)) throw error;
  });
}

const base = (response: Response) => `/w/${tenantContext(response).tenant.slug}/knowledge`;

function showAdd(response: Response, form: Parameters<typeof addLocals>[0]): Promise<void> {
  return page(response, 'knowledge/new', addLocals(form));
}
