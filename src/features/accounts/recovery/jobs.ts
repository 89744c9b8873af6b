import { z } from 'zod';
import { shared } from '../../../database/shared.js';
import { defineJob } from '../../../jobs/job.js';
import { deleteExpiredChanges } from '../address-change/queries.js';
import { mailLink } from './mailing.js';
import { deleteOldRecoveries } from './queries.js';

/** A job, so that an answer takes as long for a name that nobody has. */
defineJob({
  name: 'accounts.recover',
  payload: z.object({ recoveryId: z.uuid() }),
  run: ({ recoveryId }) => mailLink(recoveryId),
});

defineJob({
  name: 'accounts.sweep-links',
  payload: z.looseObject({}),
  schedule: '17 * * * *',
  async run() {
    await deleteOldRecoveries(shared());
    await deleteExpiredChanges(shared());
  },
});
