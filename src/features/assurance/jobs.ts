import { z } from 'zod';
import { defineJob, defineTenantJob } from '../../jobs/job.js';
import { jobName, runSelfTest, testEveryWorkspace } from './self-test/actions.js';

defineTenantJob({
  name: jobName,
  payload: z.object({ id: z.uuid() }),
  may: ['settings.update'],
  run: (context, { id }) => runSelfTest(context, id),
});

defineJob({
  name: 'assurance.self-tests',
  payload: z.looseObject({}),
  // Sunday, when few are there to be disturbed.
  schedule: '41 3 * * 0',
  async run() {
    await testEveryWorkspace();
  },
});
