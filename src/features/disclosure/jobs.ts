import { z } from 'zod';
import { sharedTransaction } from '../../database/shared.js';
import { defineJob } from '../../jobs/job.js';
import { tellOperator } from './actions.js';
import { takeReminders } from './queries.js';

const said = {
  'acknowledgement near': (reference: string) => `${reference} waits for its first answer, which is due soon`,
  'acknowledgement over': (reference: string) => `${reference} waits for its first answer, which is overdue`,
  'resolution near': (reference: string) => `${reference} is to be settled soon`,
  'resolution over': (reference: string) => `${reference} should be settled by now`,
} as const;

/** The promised 48 hours and 14 days, before they are over and when they are. */
defineJob({
  name: 'disclosure.remind',
  payload: z.looseObject({}),
  schedule: '41 * * * *',
  async run() {
    await sharedTransaction(async (db) => {
      for (const { reference, clock } of await takeReminders(db)) await tellOperator(db, said[clock](reference));
    });
  },
});
