import { z } from 'zod';
import { defineTenantJob } from '../../jobs/job.js';
import { recoverAnswer } from './turns/recover.js';

defineTenantJob({
  name: 'conversations.recover',
  payload: z.object({ messageId: z.uuid() }),
  may: ['conversations.update'],
  run: (context, { messageId }) => recoverAnswer(context, messageId),
});
