import { z } from 'zod';
import { defineJob, defineTenantJob } from '../../jobs/job.js';
import { sweepCalls, sweepEveryWorkspace } from './keeping.js';

defineTenantJob({
  name: 'usage.sweep',
  payload: z.object({}),
  may: ['workspace.read'],
  run: sweepCalls,
});

defineJob({
  name: 'usage.sweeps',
  payload: z.looseObject({}),
  schedule: '29 4 * * 0',
  run: sweepEveryWorkspace,
});
