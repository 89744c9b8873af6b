import { z } from 'zod';
import { publish, shared, tellHere } from '../../database/shared.js';
import { defineTenantJob } from '../../jobs/job.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { isHere } from '../conversations/queries.js';
import { stopTopic } from '../conversations/turns/running.js';
import { watchAnswers } from '../conversations/turns/watchers.js';
import { takeUp } from './work/run.js';
import { settleWork } from './work/settle.js';

defineTenantJob({
  name: 'tasks.work',
  payload: z.object({ workId: z.uuid() }),
  may: ['tasks.update'],
  run: ({ tenant }, { workId }) => takeUp(tenant, workId),
});

/** Whichever process writes the answer ends it. */
defineTenantJob({
  name: 'tasks.stop-work',
  payload: z.object({ conversationId: z.uuid() }),
  may: ['tasks.update'],
  async run(context, { conversationId }) {
    if (!(await readTenant(context, 'tasks.update', (db) => isHere(db, conversationId)))) return;
    await publish(shared(), stopTopic, conversationId);
    tellHere(stopTopic, conversationId);
  },
});

watchAnswers(settleWork);
