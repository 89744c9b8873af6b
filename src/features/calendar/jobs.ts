import { z } from 'zod';
import { defineTenantJob } from '../../jobs/job.js';
import { remind } from './reminders/remind.js';

defineTenantJob({
  name: 'calendar.remind',
  payload: z.object({ eventId: z.uuid() }),
  may: ['calendar.update'],
  run: (context, { eventId }) => remind(context, eventId),
});
