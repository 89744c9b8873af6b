import { z } from 'zod';
import { defineTenantJob } from '../../jobs/job.js';
import type { TenantContext } from '../../tenancy/context.js';
import { inTenant } from '../../tenancy/in-tenant.js';
import { announceDecision } from './running/announce.js';
import { continueConversation, endThere } from './running/continue.js';
import { endDecision } from './running/ending.js';
import { expireDecision } from './running/expire.js';
import { holdDecision } from './running/queries.js';
import { lost, runDecision } from './running/run.js';

const OneDecision = z.object({ decisionId: z.uuid() });
const may = ['decisions.update'] as const;

defineTenantJob({
  name: 'decisions.run',
  payload: OneDecision,
  may,
  run: (context, { decisionId }) => runDecision(context, decisionId),
  gaveUp: (context, { decisionId }) => giveUp(context, decisionId),
});

defineTenantJob({
  name: 'decisions.continue',
  payload: OneDecision,
  may,
  run: (context, { decisionId }) => continueConversation(context, decisionId),
  gaveUp: (context, { decisionId }) => endThere(context, decisionId),
});

defineTenantJob({
  name: 'decisions.expire',
  payload: OneDecision,
  may,
  run: (context, { decisionId }) => expireDecision(context, decisionId),
});

defineTenantJob({
  name: 'decisions.announce',
  payload: OneDecision.extend({ to: z.uuid().optional() }),
  may,
  run: (context, { decisionId, to }) => announceDecision(context, decisionId, to),
});

/** What had not begun did not happen; of what had begun nobody knows. */
async function giveUp(context: TenantContext, id: string): Promise<void> {
  await inTenant(context, 'decisions.update', async (db) => {
    const held = await holdDecision(db, id);
    if (held?.status === 'running') await endDecision(db, context, { held }, lost);
    if (held?.status === 'approved') {
      await endDecision(
        db,
        context,
        { held },
        { status: 'failed', shown: 'It could not be run. Nothing was changed.' },
      );
    }
  });
}
