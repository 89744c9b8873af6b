import type { EventStream } from '../../../http/event-stream.js';
import { accountOf, may, type TenantContext } from '../../../tenancy/context.js';
import { tellMoved } from '../../decisions/inbox/live.js';
import { type Heard, seenWith } from './change.js';
import { after, onHeard, position, since } from './heard.js';
import type { Entry } from './log.js';
import { newQueue, type Told } from './queue.js';

/** Web processes of one installation keep nearly the same time. */
const leewayMs = 2_000;

/** Where a page stands: after an event that it was told last, or, of a new one, as it was drawn (ms). */
export interface From {
  readonly after?: string | undefined;
  readonly since?: number | undefined;
}

export interface Following {
  /** Of what was told so far: what comes back as Last-Event-ID, to whatever process. */
  position(): string | undefined;
  leave(): void;
}

/**
 * Tells a page what has changed: what kind of thing and its id, and only what its person may see. First what it missed;
 * `*` when nobody knows what that was, or when it is too much. Each event carries the position after it.
 */
export function followChanges(context: TenantContext, stream: EventStream, from: From): Following {
  const { id: tenantId } = context.tenant;
  const missed = missedBy(tenantId, from);
  let told: string | undefined;
  const queue = newQueue(async (batch) => {
    // Whatever was heard of until now is in this batch, or not for this person.
    const reached = position(tenantId);
    for (const each of batch) {
      await tellOne(context, stream, each);
      told = each.position;
    }
    told = reached;
  });
  const hear = (entry: Entry) => {
    if (maySee(context, entry.heard)) queue.add(`${entry.heard.kind}:${entry.heard.id}`, entry.position);
  };
  if (missed) missed.forEach(hear);
  else queue.everything(position(tenantId));
  if (queue.isIdle()) told = position(tenantId);
  const leave = onHeard(tenantId, (news) => (news === 'gap' ? queue.everything(position(tenantId)) : hear(news)));
  return { position: () => told, leave };
}

function missedBy(tenantId: string, from: From): readonly Entry[] | undefined {
  if (from.after !== undefined) return after(tenantId, from.after);
  return from.since === undefined ? [] : since(tenantId, from.since - leewayMs);
}

async function tellOne(context: TenantContext, stream: EventStream, { changed, decision, position }: Told) {
  if (changed) await stream.send('changed', { changed }, position);
  else if (decision) await tellMoved(context, stream, { id: decision, position });
}

/** Who is in no private space hears nothing of it: what is for some is told to each of them, by their account. */
export function maySee({ tenant, actor }: TenantContext, { tenantId, kind, accountId }: Heard): boolean {
  if (tenantId !== tenant.id || !seenWith[kind].every((permission) => may(actor, permission))) return false;
  if (accountId !== undefined) return accountId === accountOf(actor);
  return kind !== 'page' || may(actor, 'spaces.read');
}
