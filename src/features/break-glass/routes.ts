import type { Response } from 'express';
import { z } from 'zod';
import { Invalid } from '../../errors.js';
import { formErrors } from '../../http/form-errors.js';
import { notice, page } from '../../http/page.js';
import { idParam } from '../../http/params.js';
import { limit } from '../../http/rate-limit.js';
import { feature } from '../../http/route.js';
import { tenantContext } from '../../http/signed-in.js';
import { fresh } from '../accounts/proof/fresh.js';
import { endPrivate, openPrivate } from './actions.js';
import { AllowedDraft, GrantDraft, minutes } from './grant.js';
import { type AccessForm, contentLocals, listLocals, newLocals, pageLocals, showLocals } from './locals.js';
import { changeAllowed } from './policy.js';

/** IS-5: an hour's look into one private thing of a member, whom it is told. Everything else stays closed to admins. */
export const privateAccess = feature('/w/:workspace/access');
/** Where one asks for it: at the member whose it is. */
export const privateAccessOf = feature('/w/:workspace/members');

privateAccess.get('/', 'member', (_request, response) => showList(response));

privateAccess.post(
  '/policy',
  'workspace.manage',
  fresh(async (request, response) => {
    const draft = AllowedDraft.safeParse(request.body);
    if (!draft.success) return showList(response.status(422), formErrors(request.body, draft.error));
    await changeAllowed(tenantContext(response), draft.data.allowed);
    notice(request, 'Saved. It counts from now on, for looks that go on, too.');
    response.redirect(303, homeOf(response));
  }),
);

privateAccessOf.get('/:id/access', 'members.manage', (request, response) => showNew(response, idParam(request, 'id')));

privateAccessOf.post(
  '/:id/access',
  'members.manage',
  limit({ name: 'private-access', max: 20, seconds: 3600, by: 'account' }),
  fresh(async (request, response) => {
    const owner = idParam(request, 'id');
    const draft = GrantDraft.safeParse(request.body);
    if (!draft.success) return showNew(response.status(422), owner, formErrors(request.body, draft.error));
    try {
      const id = await openPrivate(tenantContext(response), owner, draft.data);
      notice(request, `Opened for ${minutes} minutes. They were told.`);
      response.redirect(303, `${homeOf(response)}/${id}`);
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      await showNew(response.status(422), owner, formErrors(request.body, error));
    }
  }),
);

privateAccess.get('/:id', 'member', async (request, response) => {
  await page(response, 'break-glass/show', await showLocals(tenantContext(response), idParam(request, 'id')));
});

const Place = z.object({ before: z.uuid().optional().catch(undefined) });

privateAccess.get('/:id/content', 'member', async (request, response) => {
  const { before } = Place.parse(request.query);
  const locals = await contentLocals(tenantContext(response), idParam(request, 'id'), before);
  await page(response, 'break-glass/content', { ...locals, styles: ['pages'] });
});

privateAccess.get('/:id/pages/:granted', 'member', async (request, response) => {
  const locals = await pageLocals(tenantContext(response), idParam(request, 'id'), idParam(request, 'granted'));
  await page(response, 'break-glass/page', { ...locals, styles: ['pages'] });
});

privateAccess.post('/:id/end', 'member', async (request, response) => {
  await endPrivate(tenantContext(response), idParam(request, 'id'));
  notice(request, 'The look has ended.');
  response.redirect(303, `${homeOf(response)}/${idParam(request, 'id')}`);
});

async function showList(response: Response, form?: AccessForm): Promise<void> {
  await page(response, 'break-glass/index', await listLocals(tenantContext(response), form));
}

async function showNew(response: Response, ownerId: string, form?: AccessForm): Promise<void> {
  await page(response, 'break-glass/new', await newLocals(tenantContext(response), ownerId, form));
}

function homeOf(response: Response): string {
  return `/w/${tenantContext(response).tenant.slug}/access`;
}
