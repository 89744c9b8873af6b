import { z } from 'zod';
import { notice, page } from '../../../http/page.js';
import { idParam, param } from '../../../http/params.js';
import { feature } from '../../../http/route.js';
import { tenantContext } from '../../../http/signed-in.js';
import { restoreVersion } from '../actions.js';
import { SeenVersion } from '../page.js';
import { versionLocals, versionsLocals } from './locals.js';

export const pageVersions = feature('/w/:workspace/pages/:id/versions');

const VersionNumber = z.coerce.number().int().min(1).max(1_000_000_000);

pageVersions.get('/', 'pages.read', async (request, response) => {
  const locals = await versionsLocals(tenantContext(response), idParam(request, 'id'), request.query);
  await page(response, 'pages/versions', locals);
});

pageVersions.get('/:version', 'pages.read', async (request, response) => {
  const which = { id: idParam(request, 'id'), version: param(request, 'version', VersionNumber) };
  await page(response, 'pages/version', await versionLocals(tenantContext(response), which, request.query));
});

pageVersions.post('/:version/restoration', 'pages.update', async (request, response) => {
  const id = idParam(request, 'id');
  const version = param(request, 'version', VersionNumber);
  const { version: seen } = SeenVersion.parse(request.body ?? {});
  const newest = await restoreVersion(tenantContext(response), id, { version, seen });
  notice(request, `It says again what it said in version ${version}, as version ${newest}. Nothing was lost.`);
  response.redirect(303, `/w/${tenantContext(response).tenant.slug}/pages/${id}`);
});
