import type { TenantDatabase } from '../../database/database.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { addGuide } from '../agents/actions.js';
import { addFirstSpace } from '../pages/welcome.js';
import { saveInstructions } from './queries.js';

/**
 * What a new workspace starts with, inside the transaction that opens it: its first events, its settings, an agent to
 * talk to, a space to write in. The actor is its owner.
 */
export async function seedWorkspace(db: TenantDatabase, context: TenantContext): Promise<void> {
  await recordEvent(db, context, {
    category: 'workspace',
    event: 'workspace.created',
    subject: { kind: 'workspace', id: context.tenant.id },
  });
  await recordEvent(db, context, {
    category: 'member',
    event: 'member.joined',
    subject: { kind: 'account', id: accountOf(context.actor) ?? '' },
    details: { role: 'owner' },
  });
  await saveInstructions(db, '');
  await addGuide(db, context);
  await addFirstSpace(db, context);
}
