import { z } from 'zod';
import { defineTenantJob } from '../../jobs/job.js';
import { sweepCalls } from './keeping.js';

defineTenantJob({
  name: 'usage.sweep',
  payload: z.object({}),
  may: ['workspace.read'],
  run: sweepCalls,
});
