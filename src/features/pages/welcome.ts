import type { TenantDatabase } from '../../database/database.js';
import { newId } from '../../database/id.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { insertSpace } from '../spaces/queries.js';
import { createPageIn } from './actions.js';

const space = { name: 'General', description: 'What everybody here should know.' };

const welcome = {
  title: 'Welcome',
  body: `This is the first page of your workspace. Everybody here can read it and change it, and every version stays.

- **Write a page.** Choose *New page* in this space. Pages can lie in pages, and \`[[Welcome]]\` links to one by its title.
- **Name somebody.** \`@\` and a username tells them that you mean them.
- **Ask an agent.** Agents read what you may read, and write only what you could write yourself. What leaves the workspace or cannot be undone waits for somebody to approve it.
- **Keep something to yourself.** A private space is open to the people in it and to nobody else.

Change these lines, or delete the page when you no longer need it.`,
};

/** A place to write, inside the transaction that makes the workspace: a newcomer need not make a space first. */
export async function addFirstSpace(db: TenantDatabase, context: TenantContext): Promise<void> {
  const createdBy = accountOf(context.actor);
  if (!createdBy) throw new Error('A workspace is opened for somebody');
  const id = newId();
  await insertSpace(db, { id, ...space, kind: 'team', createdBy });
  const details = { kind: 'team' };
  await recordEvent(db, context, { category: 'page', event: 'space.created', subject: { kind: 'space', id }, details });
  await createPageIn(db, context, { spaceId: id, parentId: null, ...welcome });
}
