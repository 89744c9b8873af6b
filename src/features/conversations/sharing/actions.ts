import { z } from 'zod';
import { shared } from '../../../database/shared.js';
import { Invalid, NotFound } from '../../../errors.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenant, readTenant } from '../../../tenancy/in-tenant.js';
import { notify } from '../../notifications/notify.js';
import { ownedBy } from '../actions.js';
import { getConversation } from '../queries.js';
import { deleteReader, insertReader, listPeople, listReaders } from './queries.js';

/** More readers make it a publication; for that there are pages. */
const mostReaders = 50;

export const ShareDraft = z.object({
  username: z
    .string()
    .trim()
    .transform((name) => name.replace(/^@/, ''))
    .pipe(z.string().min(1, 'Name a member.').max(100, 'Name one member.')),
});

/** Lets one member read it, nobody else (IS-5). What is written there later, they may read too. */
export async function shareConversation(context: TenantContext, id: string, username: string): Promise<string> {
  const owned = ownedBy(context, id);
  await readTenant(context, 'conversations.update', (db) => getConversation(db, owned));
  const [person] = await listPeople(shared(), context.tenant.id, username, 1);
  if (!person) throw refused(`Nobody here is called @${username}. Choose a member from the list.`);
  const { accountId, name } = person;
  if (accountId === owned.accountId) throw refused('This conversation is yours already. Choose somebody else.');
  await inTenant(context, 'conversations.update', async (db) => {
    const { title } = await getConversation(db, owned);
    if ((await listReaders(db, owned)).length >= mostReaders)
      throw refused(`At most ${mostReaders} members can read a conversation. Take it back from somebody first.`);
    const reader = { accountId, accountName: name, ownerName: context.actor.name };
    if ((await insertReader(db, owned, reader)) === 0) return;
    const path = `/conversations/${id}/shared`;
    await notify(db, context, { to: [accountId], kind: 'shared', subject: { kind: 'conversation', id }, title, path });
    await recordEvent(db, context, {
      category: 'conversation',
      event: 'conversation.shared',
      subject: { kind: 'conversation', id },
      details: { reader: accountId },
    });
  });
  return name;
}

const refused = (why: string) => new Invalid(why, { username: why });

/** From the next request on they cannot read it any more. */
export function unshareConversation(context: TenantContext, id: string, readerId: string): Promise<void> {
  return inTenant(context, 'conversations.update', async (db) => {
    if ((await deleteReader(db, ownedBy(context, id), readerId)) === 0)
      throw new NotFound('There is nothing at this address.');
    await recordEvent(db, context, {
      category: 'conversation',
      event: 'conversation.unshared',
      subject: { kind: 'conversation', id },
      details: { reader: readerId },
    });
  });
}
