import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { Invalid, NotFound } from '../../../errors.js';
import { notice, page } from '../../../http/page.js';
import { idParam } from '../../../http/params.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { tenantContext } from '../../../http/signed-in.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { arrivedFiles, roomForFiles, takeFiles } from '../../knowledge/arrivals.js';
import { ownedBy } from '../actions.js';
import { getConversation } from '../queries.js';
import { attachFile, removeFile, startWithFile } from './actions.js';
import { listFileText } from './queries.js';

export const files = feature('/w/:workspace/conversations');

const most = limit({ name: 'conversation-files', max: 300, seconds: 3600, by: 'account' });
const pieces = 60;

files.post('/files', 'conversations.create', most, roomForFiles, takeFiles, async (request, response) => {
  const agent = z.uuid('Choose an agent.').safeParse(request.body?.agent);
  if (!agent.success) throw new Invalid('Choose an agent.');
  const id = await startWithFile(tenantContext(response), agent.data, arriving(request, response));
  response.redirect(303, addressOf(response, id));
});

files.post('/:id/files', 'conversations.update', most, roomForFiles, takeFiles, async (request, response) => {
  const id = idParam(request, 'id');
  await attachFile(tenantContext(response), id, arriving(request, response));
  response.redirect(303, addressOf(response, id));
});

files.get('/:id/files/:file', 'conversations.read', async (request, response) => {
  const context = tenantContext(response);
  const id = idParam(request, 'id');
  const fileId = idParam(request, 'file');
  const { chunk: chunkId } = z.object({ chunk: z.uuid().optional().catch(undefined) }).parse(request.query);
  const owned = ownedBy(context, id);
  const [conversation, text] = await readTenant(context, 'conversations.read', (db) =>
    Promise.all([getConversation(db, owned), listFileText(db, owned, { fileId, chunkId, limit: pieces })]),
  );
  const [first] = text;
  if (!first) throw new NotFound('There is nothing at this address.');
  const file = { id: fileId, name: first.title };
  await page(response, 'conversations/file', { title: file.name, conversation, file, text, chunkId });
});

files.post('/:id/files/:file/removal', 'conversations.update', async (request, response) => {
  const id = idParam(request, 'id');
  await removeFile(tenantContext(response), id, idParam(request, 'file'));
  notice(request, 'The file is no longer part of this conversation.');
  response.redirect(303, addressOf(response, id));
});

const addressOf = (response: Response, id: string) => `/w/${tenantContext(response).tenant.slug}/conversations/${id}`;

/** One file at a time; reading ends when nobody waits for it any more. */
function arriving(request: Request, response: Parameters<RequestHandler>[1]) {
  const [file] = arrivedFiles(request);
  if (!file) throw new Invalid('Choose a file.', { files: 'Choose a file.' });
  const left = new AbortController();
  response.once('close', () => left.abort(new Invalid('The upload was broken off. Attach the file again.')));
  return { file, signal: left.signal };
}
