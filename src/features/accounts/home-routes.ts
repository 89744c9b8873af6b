import type { Response } from 'express';
import { z } from 'zod';
import { shared } from '../../database/shared.js';
import { type FormErrors, formErrors } from '../../http/form-errors.js';
import { page } from '../../http/page.js';
import { limit } from '../../http/rate-limit.js';
import { feature } from '../../http/route.js';
import { account } from '../../http/signed-in.js';
import { localsOf } from '../../http/types.js';
import { roleNames } from '../../tenancy/permissions.js';
import { listMemberships } from '../../tenancy/queries.js';
import { openWorkspace } from '../workspaces/opening.js';
import { WorkspaceName } from '../workspaces/workspace.js';
import { homeOf } from './home.js';
import { originOf } from './sign-in/admit.js';

export const home = feature('/');
export const workspaces = feature('/workspaces');

home.get('/', 'public', async (request, response) => {
  const { account: person } = localsOf(response);
  if (person) return response.redirect(303, await homeOf(person.id, request));
  await page(response, 'landing/show', { title: 'Bailiwick' });
});

workspaces.get('/', 'account', async (_request, response) => {
  await showWorkspaces(response, { values: {}, errors: {} });
});

workspaces.post(
  '/',
  'account',
  limit({ name: 'workspaces', max: 5, seconds: 3600, by: 'account' }),
  async (request, response) => {
    const draft = z.object({ name: WorkspaceName }).safeParse(request.body);
    if (!draft.success) return showWorkspaces(response.status(422), formErrors(request.body, draft.error));
    const owner = account(response);
    const tenant = await openWorkspace({ name: draft.data.name, owner, origin: originOf(request, response) });
    response.redirect(303, `/w/${tenant.slug}`);
  },
);

async function showWorkspaces(response: Response, form: FormErrors): Promise<void> {
  const memberships = await listMemberships(shared(), account(response).id);
  await page(response, 'accounts/workspaces', { title: 'Your workspaces', memberships, roleNames, ...form });
}
