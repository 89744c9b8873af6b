import { z } from 'zod';
import { defineTenantJob } from '../../jobs/job.js';
import { indexDocument } from './search/indexing.js';

export const indexing = defineTenantJob({
  name: 'knowledge.index',
  payload: z.object({ documentId: z.uuid() }),
  may: ['knowledge.read', 'knowledge.update'],
  run: (context, { documentId }) => indexDocument(context, documentId),
});
