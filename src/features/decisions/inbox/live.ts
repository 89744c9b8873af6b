import type { EventStream } from '../../../http/event-stream.js';
import { log } from '../../../log.js';
import { accountOf, may, type TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { viewerIn } from '../approvers.js';
import { readDecision, type Viewer } from '../queries.js';
import { countForMe } from './queries.js';

/** What waits for this person. Those who may not approve are not looked up: every page asks this. */
export async function countWaiting(context: TenantContext): Promise<number> {
  if (!may(context.actor, 'decisions.update')) return 0;
  const accountId = accountOf(context.actor) ?? '';
  return readTenant(context, 'decisions.update', async (db) => {
    const most: Viewer = { context, accountId, mayDecide: true, mayDecideOwn: true, alone: [] };
    // Whether one's own count takes a look at all members: only when there is anything at all.
    if ((await countForMe(db, most)) === 0) return 0;
    return countForMe(db, await viewerIn(db, context));
  });
}

export async function tellCount(context: TenantContext, stream: EventStream): Promise<void> {
  await stream.send('count', { count: await countWaiting(context) });
}

/**
 * Tells a page that a decision has moved on: how many wait now, and, to whom it was asked for, what became of it.
 * `position` is where the page stands then.
 */
export async function tellMoved(
  context: TenantContext,
  stream: EventStream,
  { id, position }: { id: string; position: string },
): Promise<void> {
  const decision = await readTenant(context, 'decisions.read', (db) => readDecision(db, id));
  await tellCount(context, stream);
  if (decision.accountId !== accountOf(context.actor)) return;
  await stream.send('decision', { id, status: decision.status, conversationId: decision.conversationId }, position);
}

/** However many notices arrive while one is being looked into: one more look afterwards, for all of them. */
export function newLook(work: () => Promise<void>): () => void {
  let waiting = false;
  let busy = false;
  const go = async () => {
    busy = true;
    while (waiting) {
      waiting = false;
      await work().catch((error: unknown) => log().warn({ err: error }, 'a page could not be told'));
    }
    busy = false;
  };
  return () => {
    waiting = true;
    if (!busy) void go();
  };
}
