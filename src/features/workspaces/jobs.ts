import { z } from 'zod';
import { config } from '../../config.js';
import { refillStandby } from '../../database/prepare.js';
import { role } from '../../database/roles.js';
import { settingsOf } from '../../database/shared.js';
import { defineJob } from '../../jobs/job.js';
import { finishDeletion } from './deletion.js';

/** Keeps ready schemas standing by, so that a sign-up is a row update. */
export const refill = defineJob({
  name: 'workspaces.refill',
  payload: z.looseObject({}),
  schedule: '*/5 * * * *',
  async run() {
    const { STANDBY_TENANTS, DATABASE_LOGIN_SHARDS } = config();
    await refillStandby(settingsOf(role.provisioner), STANDBY_TENANTS, DATABASE_LOGIN_SHARDS);
  },
});

export const deletion = defineJob({
  name: 'workspaces.delete',
  payload: z.object({ deletionId: z.uuid() }),
  async run({ deletionId }) {
    await finishDeletion(deletionId);
  },
});
