import { z } from 'zod';
import { defineTenantJob } from '../../jobs/job.js';
import { failDocument, interrupted } from './reading.js';
import { embedDocument } from './search/indexing/meaning.js';
import { giveUpIndexing, indexWords } from './search/indexing/words.js';

const payload = z.object({ documentId: z.uuid() });

defineTenantJob({
  name: 'knowledge.index',
  payload,
  may: ['knowledge.update'],
  run: (context, { documentId }) => indexWords(context, documentId),
  gaveUp: (context, { documentId }) => giveUpIndexing(context, documentId),
});

defineTenantJob({
  name: 'knowledge.embed',
  payload,
  may: ['knowledge.update'],
  run: (context, { documentId }) => embedDocument(context, documentId),
});

defineTenantJob({
  name: 'knowledge.expire',
  payload,
  may: ['knowledge.update'],
  run: (context, { documentId }) => failDocument(context, documentId, interrupted),
});
