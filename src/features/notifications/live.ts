import { onPublished } from '../../database/shared.js';
import type { EventStream } from '../../http/event-stream.js';
import { accountOf, may, type TenantContext } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { newLook, tellCount } from '../decisions/inbox/live.js';
import { type From, followChanges } from './changes/follow.js';
import { countUnread } from './list/queries.js';
import { noticeFor, notificationTopic } from './topic.js';

/** What this person has not read yet, for the bell that every page shows. */
export function countOwnUnread(context: TenantContext): Promise<number> {
  const accountId = accountOf(context.actor) ?? '';
  return readTenant(context, 'workspace.read', (db) => countUnread(db, accountId));
}

/**
 * Tells a page what waits in the inbox, how many notifications are unread, and what has changed of what it may show.
 * Nothing is polled. Both numbers are told whenever a stream begins; changes from where the page stands.
 */
export async function follow(context: TenantContext, stream: EventStream, from: From): Promise<void> {
  const accountId = accountOf(context.actor) ?? '';
  const own = noticeFor(context.tenant.id, accountId);
  const changes = followChanges(context, stream, from);
  const look = newLook(async () => {
    await stream.send('unread', { unread: await countOwnUnread(context) }, changes.position());
  });
  const leave = [
    changes.leave,
    onPublished(notificationTopic, (notice) => {
      if (notice === own) look();
    }),
    // With other rights it is another stream: the browser opens it again, and is judged again.
    onPublished('membership', (changed) => {
      if (changed === accountId) stream.close();
    }),
  ];
  const end = () => {
    for (const stop of leave) stop();
  };
  stream.closed.addEventListener('abort', end, { once: true });
  if (stream.closed.aborted) return end();
  look();
  if (may(context.actor, 'decisions.read')) await tellCount(context, stream);
}
