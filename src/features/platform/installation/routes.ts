import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { config, projectPath } from '../../../config.js';
import { readMigrations } from '../../../database/migrations.js';
import { shared, sharedTransaction } from '../../../database/shared.js';
import { NotFound } from '../../../errors.js';
import { notice } from '../../../http/page.js';
import { idParam } from '../../../http/params.js';
import { listPolicyReports } from '../../../http/queries.js';
import { feature } from '../../../http/route.js';
import { enqueueJob } from '../../../jobs/job.js';
import { findDeletion } from '../../workspaces/queries.js';
import { countRows } from '../../workspaces/workspace.js';
import { insertPlatformAct } from '../events/queries.js';
import { operatorOf } from '../operator.js';
import { show } from '../show.js';
import { getOverview, listDeletions } from './queries.js';

export const installation = feature('/platform');

const Package = z.object({ version: z.string() });

installation.get('/installation', 'platform', async (_request, response) => {
  const known = { shared: readMigrations('shared'), tenant: readMigrations('tenant') };
  const overview = await getOverview(
    shared(),
    known.tenant.map(({ version }) => version),
  );
  const applied = new Set(overview.shared);
  await show(response, 'installation', {
    title: 'Installation',
    overview,
    wanted: config().STANDBY_TENANTS,
    sharedBehind: known.shared.filter(({ version }) => !applied.has(version)).length,
    versions: {
      product: Package.parse(JSON.parse(readFileSync(projectPath('package.json'), 'utf8'))).version,
      node: process.versions.node,
      shared: known.shared.at(-1)?.version ?? 'none',
      tenant: known.tenant.at(-1)?.version ?? 'none',
    },
    policyReports: await listPolicyReports(shared()),
    deletions: await listDeletions(shared()),
  });
});

installation.post('/standby', 'platform', async (request, response) => {
  const operator = operatorOf(request, response);
  await sharedTransaction(async (db) => {
    await insertPlatformAct(db, operator, { event: 'platform.standby-refilled' });
    await enqueueJob(db, 'workspaces.refill', {}, { key: 'standby' });
  });
  notice(request, 'Schemas are being made. Reload this page in a moment.');
  response.redirect(303, '/platform/installation');
});

installation.get('/deletions/:id', 'platform', async (request, response) => {
  const deletion = await findDeletion(shared(), idParam(request, 'id'));
  if (!deletion) throw new NotFound('There is no such receipt.');
  const rows = countRows(deletion);
  const left = rows.reduce((sum, row) => sum + row.after, 0);
  await show(response, 'receipt', { title: 'Receipt of a deletion', deletion, rows, left });
});
