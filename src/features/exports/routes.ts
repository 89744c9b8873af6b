import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { notice, page } from '../../http/page.js';
import { idParam } from '../../http/params.js';
import { limit } from '../../http/rate-limit.js';
import { feature } from '../../http/route.js';
import { account, tenantContext } from '../../http/signed-in.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { fresh, freshPage } from '../accounts/proof/fresh.js';
import { askExport, openExport, partsOf, permission, removeExport } from './actions.js';
import { steps } from './content.js';
import { hoursKept } from './export.js';
import { listExports } from './queries.js';

/** GV-2, MB-8: the whole workspace as one file, for its owners. */
export const workspaceExports = feature('/w/:workspace/settings/export');

workspaceExports.get('/', permission, async (_request, response) => {
  const exports = await readTenant(tenantContext(response), permission, listExports);
  const at = ({ step }: { step: string | null }) => steps.findIndex(([name]) => name === step) + 1;
  await page(response, 'exports/index', {
    title: 'Export',
    exports: exports.map((each) => ({ ...each, at: at(each) })),
    steps: steps.length,
    hoursKept,
    me: account(response).id,
  });
});

workspaceExports.post(
  '/',
  permission,
  limit({ name: 'workspace-export', max: 5, seconds: 3600, by: 'account' }),
  fresh(async (request, response) => {
    await askExport(tenantContext(response));
    notice(request, 'The export is being written. You are told when it is ready.');
    response.redirect(303, `/w/${tenantContext(response).tenant.slug}/settings/export`);
  }),
);

workspaceExports.get(
  '/:export/file',
  permission,
  freshPage(async (request, response) => {
    const context = tenantContext(response);
    const found = await openExport(context, idParam(request, 'export'));
    response.attachment(`${context.tenant.slug}-${found.createdAt.toISOString().slice(0, 10)}.zip`);
    if (found.byteSize !== null) response.setHeader('Content-Length', found.byteSize);
    await pipeline(Readable.from(partsOf(context, found.id)), response).catch(unlessHungUp);
  }),
);

workspaceExports.post('/:export/deletion', permission, async (request, response) => {
  await removeExport(tenantContext(response), idParam(request, 'export'));
  notice(request, 'The export was deleted.');
  response.redirect(303, `/w/${tenantContext(response).tenant.slug}/settings/export`);
});

function unlessHungUp(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE') return;
  throw error;
}
