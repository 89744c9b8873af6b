import type { Response } from 'express';
import { z } from 'zod';
import { shared } from '../../database/shared.js';
import { Invalid } from '../../errors.js';
import { type FormErrors, formErrors } from '../../http/form-errors.js';
import { notice, page } from '../../http/page.js';
import { idParam } from '../../http/params.js';
import { limit } from '../../http/rate-limit.js';
import { feature } from '../../http/route.js';
import { account, tenantContext } from '../../http/signed-in.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { deleteWorkspace, updateSettings } from './actions.js';
import { getDeletionOf, readInstructions } from './queries.js';
import { countRows, WorkspaceSettings } from './workspace.js';

export const settings = feature('/w/:workspace/settings');
export const deletions = feature('/deletions');

settings.get('/', 'settings.read', async (_request, response) => {
  const context = tenantContext(response);
  const instructions = await readTenant(context, 'settings.read', readInstructions);
  await showSettings(response, { values: { name: context.tenant.name, instructions }, errors: {} });
});

settings.post('/', 'settings.update', async (request, response) => {
  const parsed = WorkspaceSettings.safeParse(request.body);
  if (!parsed.success) return showSettings(response.status(422), formErrors(request.body, parsed.error));
  await updateSettings(tenantContext(response), parsed.data);
  notice(request, 'The settings were saved.');
  response.redirect(303, `/w/${tenantContext(response).tenant.slug}/settings`);
});

settings.get('/deletion', 'workspace.delete', async (_request, response) => {
  await page(response, 'workspaces/deletion', { title: 'Delete the workspace', errors: {} });
});

const Proof = z.object({ typed: z.string().catch(''), password: z.string().catch('') });

settings.post(
  '/deletion',
  'workspace.delete',
  limit({ name: 'workspace-deletion', max: 5, seconds: 900, by: 'account' }),
  async (request, response) => {
    try {
      const id = await deleteWorkspace(tenantContext(response), Proof.parse(request.body));
      response.redirect(303, `/deletions/${id}`);
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      await page(response.status(422), 'workspaces/deletion', { title: 'Delete the workspace', errors: error.fields });
    }
  },
);

deletions.get('/:id', 'account', async (request, response) => {
  const deletion = await getDeletionOf(shared(), idParam(request, 'id'), account(response).id);
  const rows = countRows(deletion);
  const left = rows.reduce((sum, row) => sum + row.after, 0);
  await page(response, 'workspaces/receipt', { title: 'Receipt of a deletion', deletion, rows, left });
});

function showSettings(response: Response, form: FormErrors): Promise<void> {
  return page(response, 'workspaces/settings', { title: 'Settings', ...form });
}
