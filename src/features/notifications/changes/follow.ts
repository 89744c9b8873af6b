import { onPublished } from '../../../database/shared.js';
import type { EventStream } from '../../../http/event-stream.js';
import { accountOf, may, type TenantContext } from '../../../tenancy/context.js';
import { newLook } from '../../decisions/inbox/live.js';
import { changeTopic, type Heard, heardIn, seenWith } from './change.js';

const keptMs = 30_000;
const mostKept = 5_000;
/** Web processes of one installation keep nearly the same time. */
const leewayMs = 2_000;

/** Between the page and its stream something may change: so long everything heard is kept, for streams that begin. */
const recent: { readonly at: number; readonly heard: Heard }[] = [];
onPublished(changeTopic, (notice) => {
  const heard = heardIn(notice);
  if (!heard) return;
  recent.push({ at: Date.now(), heard });
  while (recent.length > mostKept || (recent[0] && recent[0].at < Date.now() - keptMs)) recent.shift();
});

/** Tells a page what has changed since it was drawn: what kind of thing and its id, and only what its person may see. */
export function followChanges(context: TenantContext, stream: EventStream, since: number | undefined): () => void {
  const look = newLook(async (changed) => {
    await stream.send('changed', { changed: [...changed] });
  });
  const tell = (heard: Heard | undefined) => {
    if (heard && maySee(context, heard)) look(`${heard.kind}:${heard.id}`);
  };
  if (since !== undefined) for (const { at, heard } of recent) if (at >= since - leewayMs) tell(heard);
  return onPublished(changeTopic, (notice) => tell(heardIn(notice)));
}

/** Who is in no private space hears nothing of it: what is for some is told to each of them, by their account. */
export function maySee({ tenant, actor }: TenantContext, { tenantId, kind, accountId }: Heard): boolean {
  if (tenantId !== tenant.id || !seenWith[kind].every((permission) => may(actor, permission))) return false;
  if (accountId !== undefined) return accountId === accountOf(actor);
  return kind !== 'page' || may(actor, 'spaces.read');
}
