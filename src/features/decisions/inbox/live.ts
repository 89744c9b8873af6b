import { onPublished } from '../../../database/shared.js';
import type { EventStream } from '../../../http/event-stream.js';
import { log } from '../../../log.js';
import { accountOf, may, type TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { viewerIn } from '../approvers.js';
import { readDecision, type Viewer } from '../queries.js';
import { decisionTopic } from '../topic.js';
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

/** Tells a page how many decisions wait, and when one that its person asked for has moved on. Nothing is polled. */
export async function followInbox(context: TenantContext, stream: EventStream): Promise<void> {
  const { id: tenantId } = context.tenant;
  const look = newLook(async (ids) => {
    await stream.send('count', { count: await countWaiting(context) });
    for (const id of ids) await tellOwn(context, stream, id);
  });
  const leave = onPublished(decisionTopic, (notice) => {
    const [tenant, id] = notice.split(' ');
    if (tenant === tenantId && id) look(id);
  });
  stream.closed.addEventListener('abort', leave, { once: true });
  if (stream.closed.aborted) leave();
  else look();
}

async function tellOwn(context: TenantContext, stream: EventStream, id: string): Promise<void> {
  const decision = await readTenant(context, 'decisions.read', (db) => readDecision(db, id));
  if (decision.accountId !== accountOf(context.actor)) return;
  await stream.send('decision', { id, status: decision.status, conversationId: decision.conversationId });
}

/** However many notices arrive while one is being looked into: one more look afterwards, for all of them. */
export function newLook(work: (ids: ReadonlySet<string>) => Promise<void>): (id?: string) => void {
  let waiting: Set<string> | undefined;
  let busy = false;
  const go = async () => {
    busy = true;
    while (waiting) {
      const ids = waiting;
      waiting = undefined;
      await work(ids).catch((error: unknown) => log().warn({ err: error }, 'a page could not be told'));
    }
    busy = false;
  };
  return (id) => {
    waiting ??= new Set();
    if (id) waiting.add(id);
    if (!busy) void go();
  };
}
