import { z } from 'zod';
import { defineJob } from '../../jobs/job.js';
import { probeMinutes } from './component.js';
import { probeAll } from './probing.js';

defineJob({
  name: 'status.probe',
  payload: z.looseObject({}),
  schedule: `*/${probeMinutes} * * * *`,
  run: probeAll,
});
