import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { config } from '../../config.js';
import { Invalid } from '../../errors.js';
import { readsMultipart } from '../../http/form-body.js';
import { type FormErrors, formErrors } from '../../http/form-errors.js';
import { notice, page } from '../../http/page.js';
import { idParam } from '../../http/params.js';
import { limit } from '../../http/rate-limit.js';
import { feature } from '../../http/route.js';
import { tenantContext } from '../../http/signed-in.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { roles } from '../../tenancy/permissions.js';
import {
  addSample,
  changeAccess,
  fetchDocument,
  openDocument,
  pasteDocument,
  reindexDocument,
  removeDocument,
  replaceDocument,
  uploadDocument,
} from './actions.js';
import { AccessDraft, AddressDraft, type Document, PasteDraft } from './document.js';
import { acceptedExtensions } from './extraction/media-types.js';
import { listDocuments } from './queries.js';
import { readDocumentPage } from './reader.js';
import { readerOf } from './search/search.js';
import { discardUpload, takeFiles } from './uploads.js';

export const knowledge = feature('/w/:workspace/knowledge');

const uploads = limit({ name: 'uploads', max: 600, seconds: 3600, by: 'account' });
// What no action took over (the token was wrong, the database away) goes when the answer is sent.
const files: RequestHandler = readsMultipart((request, response, next) => {
  response.once('close', () => {
    for (const { path } of arrivedFiles(request)) void discardUpload(path);
  });
  takeFiles()(request, response, next);
});
const blank: FormErrors = { values: {}, errors: {} };

knowledge.get('/', 'knowledge.read', (request, response) => showList(request, response, blank));

knowledge.post('/', 'knowledge.create', uploads, files, async (request, response) => {
  const arrived = arrivedFiles(request);
  if (arrived.length === 0) throw new Invalid('Choose at least one file.', { files: 'Choose at least one file.' });
  const context = tenantContext(response);
  const ids: string[] = [];
  for (const file of arrived) ids.push(await uploadDocument(context, file));
  if (request.accepts(['html', 'json']) === 'json') {
    const [id] = ids;
    response.status(201).json({ id, ids, statusUrl: `${base(response)}/${id}/status` });
    return;
  }
  response.redirect(303, base(response));
});

knowledge.post('/sample', 'knowledge.create', uploads, async (request, response) => {
  await addSample(tenantContext(response));
  notice(request, 'The sample is being indexed. Ask Guide about it in a moment.');
  response.redirect(303, base(response));
});

knowledge.post('/pasted', 'knowledge.create', uploads, async (request, response) => {
  const draft = PasteDraft.safeParse(request.body);
  if (!draft.success) return showAdd(response.status(422), formErrors(request.body, draft.error));
  const id = await pasteDocument(tenantContext(response), draft.data);
  response.redirect(303, `${base(response)}/${id}`);
});

knowledge.post('/fetched', 'knowledge.create', uploads, async (request, response) => {
  const draft = AddressDraft.safeParse(request.body);
  if (!draft.success) return showAdd(response.status(422), formErrors(request.body, draft.error));
  try {
    const id = await fetchDocument(tenantContext(response), draft.data.address);
    response.redirect(303, `${base(response)}/${id}`);
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    await showAdd(response.status(422), {
      values: { address: draft.data.address },
      errors: { address: error.message },
    });
  }
});

knowledge.get('/new', 'knowledge.create', (_request, response) => showAdd(response, blank));

knowledge.get('/:id', 'knowledge.read', async (request, response) => {
  const query = z.object({
    chunk: z.uuid().optional().catch(undefined),
    part: z.coerce.number().int().min(1).catch(0),
  });
  const { chunk, part } = query.parse(request.query);
  const shown = await readDocumentPage(tenantContext(response), idParam(request, 'id'), { chunk, part });
  await page(response, 'knowledge/show', { title: shown.document.title, ...shown, roles });
});

knowledge.get('/:id/status', 'knowledge.read', async (request, response) => {
  const document = await openDocument(tenantContext(response), idParam(request, 'id'));
  const { id, title, stage, progress, failure } = document;
  response.json({ id, title, stage, progress, failure, href: `${base(response)}/${id}` });
});

knowledge.post('/:id/versions', 'knowledge.update', uploads, files, async (request, response) => {
  const [file, ...more] = arrivedFiles(request);
  for (const extra of more) await discardUpload(extra.path);
  if (!file) throw new Invalid('Choose a file.', { files: 'Choose a file.' });
  const id = idParam(request, 'id');
  await replaceDocument(tenantContext(response), id, file);
  notice(request, 'The new version is being read. The old one serves until then.');
  response.redirect(303, `${base(response)}/${id}`);
});

knowledge.post('/:id/indexing', 'knowledge.update', async (request, response) => {
  const id = idParam(request, 'id');
  await reindexDocument(tenantContext(response), id);
  notice(request, 'It is being indexed again.');
  response.redirect(303, `${base(response)}/${id}`);
});

knowledge.post('/:id/access', 'knowledge.manage', async (request, response) => {
  const id = idParam(request, 'id');
  await changeAccess(tenantContext(response), id, AccessDraft.parse(request.body));
  notice(request, 'Access was changed. It counts from the next search on.');
  response.redirect(303, `${base(response)}/${id}`);
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

function arrivedFiles(request: Request) {
  const list = Array.isArray(request.files) ? request.files : [];
  return list.map(({ path, originalname, size }) => ({ path, name: originalname, size }));
}

const base = (response: Response) => `/w/${tenantContext(response).tenant.slug}/knowledge`;

async function showList(request: Request, response: Response, form: FormErrors): Promise<void> {
  const context = tenantContext(response);
  const query = typeof request.query.q === 'string' ? request.query.q.trim() : '';
  const all = await readTenant(context, 'knowledge.read', (db) => listDocuments(db, readerOf(context)));
  const documents = all.filter((document) => matches(document, query));
  await page(response, 'knowledge/index', {
    title: 'Knowledge',
    documents,
    total: all.length,
    query,
    ...accepted(),
    ...form,
  });
}

function matches({ title }: Document, query: string): boolean {
  return title.toLocaleLowerCase().includes(query.toLocaleLowerCase());
}

function showAdd(response: Response, form: FormErrors): Promise<void> {
  return page(response, 'knowledge/new', { title: 'Add knowledge', ...accepted(), ...form });
}

function accepted() {
  const maxBytes = config().UPLOAD_MAX_MB;
  return {
    maxBytes,
    accept: acceptedExtensions.map((extension) => (extension.startsWith('.') ? extension : `.${extension}`)).join(','),
  };
}
