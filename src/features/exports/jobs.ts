import { z } from 'zod';
import { defineTenantJob } from '../../jobs/job.js';
import { expireExport, giveUpExport, permission, writeExport } from './actions.js';

const OneExport = z.object({ exportId: z.uuid() });

defineTenantJob({
  name: 'exports.write',
  payload: OneExport,
  may: [permission],
  run: (context, { exportId }) => writeExport(context, exportId),
  gaveUp: (context, { exportId }) => giveUpExport(context, exportId, 'too many tries'),
});

defineTenantJob({
  name: 'exports.expire',
  payload: OneExport,
  may: [permission],
  run: (context, { exportId }) => expireExport(context, exportId),
});
