import { z } from 'zod';
import { defineTenantJob } from '../../jobs/job.js';
import { eraseLeft } from './leaving/actions.js';

defineTenantJob({
  name: 'members.erase',
  payload: z.object({ accountId: z.uuid() }),
  may: ['members.delete'],
  run: (context, { accountId }) => eraseLeft(context, accountId),
});
