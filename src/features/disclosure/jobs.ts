import { z } from 'zod';
import { sharedTransaction } from '../../database/shared.js';
import { defineJob } from '../../jobs/job.js';
import { tellOperator } from './actions.js';
import { takeReminders } from './queries.js';

/** The promised 48 hours and 14 days, before they are over and when they are. */
defineJob({
  name: 'disclosure.remind',
  payload: z.looseObject({}),
  schedule: '41 * * * *',
  async run() {
    await sharedTransaction(async (db) => {
      for (const { reference, clock } of await takeReminders(db)) {
        const [what, when] = clock.split(' ');
        const text = what === 'answer' ? 'The first answer' : 'The assessment';
        await tellOperator(db, `${text} to ${reference} is ${when === 'over' ? 'overdue' : 'due soon'}`);
      }
    });
  },
});
