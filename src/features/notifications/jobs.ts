import { z } from 'zod';
import { defineTenantJob } from '../../jobs/job.js';
import { inTenant } from '../../tenancy/in-tenant.js';
import { daysKept } from './list/actions.js';
import { deleteOlderThan } from './list/queries.js';
import { mailNotifications } from './mail/digest.js';
import { mailTimes } from './notification.js';

defineTenantJob({
  name: 'notifications.mail',
  payload: z.object({ accountId: z.uuid(), mail: z.enum(mailTimes) }),
  may: ['workspace.read'],
  run: (context, order) => mailNotifications(context, order),
});

defineTenantJob({
  name: 'notifications.sweep',
  payload: z.looseObject({}),
  may: ['workspace.read'],
  run: async (context) => {
    await inTenant(context, 'workspace.read', (db) => deleteOlderThan(db, daysKept));
  },
});
