import { z } from 'zod';
import { defineTenantJob } from '../../jobs/job.js';
import { expireGap } from './gaps/actions.js';
import { failDocument, interrupted } from './reading.js';
import { embedDocument } from './search/indexing/meaning.js';
import { giveUpIndexing, indexWords } from './search/indexing/words.js';
import { expireComparison } from './versions/keeping.js';

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

defineTenantJob({
  name: 'knowledge.forget-comparison',
  payload,
  may: ['knowledge.update'],
  run: (context, { documentId }) => expireComparison(context, documentId),
});

defineTenantJob({
  name: 'knowledge.forget-gap',
  payload: z.object({ gapId: z.uuid() }),
  may: ['knowledge.update'],
  run: (context, { gapId }) => expireGap(context, gapId),
});
