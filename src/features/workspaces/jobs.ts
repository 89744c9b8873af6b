import { z } from 'zod';
import { config } from '../../config.js';
import { refillStandby } from '../../database/prepare.js';
import { role } from '../../database/roles.js';
import { settingsOf } from '../../database/shared.js';
import { defineJob } from '../../jobs/job.js';
import { finishDeletion, finishDeletions } from './deletion.js';

/** Keeps ready schemas standing by, so that a sign-up is a row update. */
defineJob({
  name: 'workspaces.refill',
  schedule: '*/5 * * * *',
  payload: z.object({}),
  async run() {
    const { STANDBY_TENANTS, DATABASE_LOGIN_SHARDS } = config();
    await refillStandby(settingsOf(role.provisioner), STANDBY_TENANTS, DATABASE_LOGIN_SHARDS);
  },
});

defineJob({
  name: 'workspaces.delete',
  payload: z.object({ deletionId: z.uuid(), owners: z.array(z.uuid()) }),
  async run(order) {
    await finishDeletion(order);
  },
});

/** A deletion whose process was killed must not wait for somebody to notice. */
defineJob({
  name: 'workspaces.finish-deletions',
  schedule: '23 * * * *',
  payload: z.object({}),
  async run() {
    await finishDeletions();
  },
});
