import type { Request, Response } from 'express';
import { z } from 'zod';
import { Invalid } from '../../../errors.js';
import { formErrors } from '../../../http/form-errors.js';
import { notice, page } from '../../../http/page.js';
import { idParam } from '../../../http/params.js';
import { feature } from '../../../http/route.js';
import { tenantContext } from '../../../http/signed-in.js';
import { ShareDraft, shareConversation, unshareConversation } from './actions.js';
import { type SharingForm, sharedListLocals, sharedLocals, sharingLocals } from './locals.js';

export const sharing = feature('/w/:workspace/conversations');

sharing.get('/shared', 'conversations.read', async (_request, response) => {
  await page(response, 'conversations/shared-list', await sharedListLocals(tenantContext(response)));
});

const messageId = z.uuid().optional().catch(undefined);
const Place = z.object({ before: messageId, branch: messageId });

sharing.get('/:id/shared', 'conversations.read', async (request, response) => {
  const id = idParam(request, 'id');
  const locals = await sharedLocals(tenantContext(response), id, Place.parse(request.query));
  await page(response, 'conversations/shared', locals);
});

sharing.get('/:id/sharing', 'conversations.update', (request, response) =>
  show(request, response, { values: {}, errors: {} }),
);

sharing.post('/:id/sharing', 'conversations.update', async (request, response) => {
  const draft = ShareDraft.safeParse(request.body);
  if (!draft.success) return show(request, response.status(422), formErrors(request.body, draft.error));
  try {
    const name = await shareConversation(tenantContext(response), idParam(request, 'id'), draft.data.username);
    notice(request, `${name} can read this conversation now.`);
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return show(request, response.status(422), formErrors(request.body, error));
  }
  response.redirect(303, addressOf(request, response));
});

sharing.post('/:id/sharing/:account/removal', 'conversations.update', async (request, response) => {
  await unshareConversation(tenantContext(response), idParam(request, 'id'), idParam(request, 'account'));
  notice(request, 'They cannot read it any more.');
  response.redirect(303, addressOf(request, response));
});

async function show(request: Request, response: Response, form: SharingForm): Promise<void> {
  const locals = await sharingLocals(tenantContext(response), idParam(request, 'id'), form);
  await page(response, 'conversations/sharing', locals);
}

const addressOf = (request: Request, response: Response) =>
  `/w/${tenantContext(response).tenant.slug}/conversations/${idParam(request, 'id')}/sharing`;
