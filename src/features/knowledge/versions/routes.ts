import type { Request, Response } from 'express';
import { z } from 'zod';
import { Conflict, Invalid } from '../../../errors.js';
import { type FormErrors, formErrors } from '../../../http/form-errors.js';
import { notice, page } from '../../../http/page.js';
import { idParam } from '../../../http/params.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { tenantContext } from '../../../http/signed-in.js';
import { openDocument, replaceDocument } from '../actions.js';
import { arrivedFiles, roomForFiles, takeFiles } from '../arrivals.js';
import { PasteDraft } from '../document.js';
import { uploading } from '../locals.js';
import { readWholeText } from '../reader.js';
import { forgetComparison, readComparison } from './keeping.js';
import { shownChange } from './shown.js';
import { replaceText } from './text.js';

export const documentVersions = feature('/w/:workspace/knowledge');

const additions = limit({ name: 'knowledge', max: 3000, seconds: 3600, by: 'account' });
const Seen = z.object({ version: z.coerce.number().int().positive().optional().catch(undefined) });

documentVersions.get('/:id/versions/new', 'knowledge.update', async (request, response) => {
  const id = idParam(request, 'id');
  const { document, text } = await readWholeText(tenantContext(response), id);
  const values = { title: document.title, text: text ?? '', version: String(document.version) };
  await showForm(request, response, { values, errors: {} });
});

documentVersions.post(
  '/:id/versions',
  'knowledge.update',
  additions,
  roomForFiles,
  takeFiles,
  async (request, response) => {
    const [file] = arrivedFiles(request);
    if (!file) throw new Invalid('Choose a file.', { files: 'Choose a file.' });
    const { version: seen } = Seen.parse(request.body ?? {});
    await replaceDocument(tenantContext(response), idParam(request, 'id'), { ...file, seen });
    begun(request, response, 'The new version is being read. The old one serves until then.');
  },
);

documentVersions.post('/:id/versions/pasted', 'knowledge.update', additions, async (request, response) => {
  const draft = PasteDraft.safeParse(request.body);
  if (!draft.success) return showForm(request, response.status(422), formErrors(request.body, draft.error));
  const { version: seen } = Seen.parse(request.body);
  try {
    await replaceText(tenantContext(response), idParam(request, 'id'), { ...draft.data, seen });
    begun(request, response, 'The new version is being indexed. The old one serves until then.');
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    const { version } = await openDocument(tenantContext(response), idParam(request, 'id'));
    const { values } = formErrors(request.body, new Invalid(''));
    const stale = { values: { ...values, version: String(version) }, errors: { '': error.message } };
    await showForm(request, response.status(409), stale);
  }
});

documentVersions.get('/:id/comparison', 'knowledge.read', async (request, response) => {
  const { document, comparison, keptDays } = await readComparison(tenantContext(response), idParam(request, 'id'));
  const { changes, ...counts } = comparison;
  const shown = changes.map(shownChange);
  const title = `What changed in ${document.title}`;
  await page(response, 'knowledge/comparison', {
    title,
    document,
    counts,
    keptDays,
    changes: shown,
    styles: ['knowledge'],
  });
});

documentVersions.post('/:id/comparison/deletion', 'knowledge.update', async (request, response) => {
  await forgetComparison(tenantContext(response), idParam(request, 'id'));
  begun(request, response, 'The old words are gone.');
});

async function showForm(request: Request, response: Response, form: FormErrors): Promise<void> {
  const document = await openDocument(tenantContext(response), idParam(request, 'id'));
  await page(response, 'knowledge/version', {
    title: `New version of ${document.title}`,
    document,
    ...uploading(),
    ...form,
  });
}

function begun(request: Request, response: Response, said: string): void {
  notice(request, said);
  response.redirect(303, `/w/${tenantContext(response).tenant.slug}/knowledge/${idParam(request, 'id')}`);
}
