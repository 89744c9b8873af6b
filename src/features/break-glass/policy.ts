import type { TenantDatabase } from '../../database/database.js';
import { Forbidden } from '../../errors.js';
import type { TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenant } from '../../tenancy/in-tenant.js';
import { type Allowed, allowedWords, mayOpen } from './grant.js';
import { findAllowed, saveAllowed } from './queries.js';

/** Whether this person may look into what is private here: never an agent, whoever asks it. */
export async function mayOpenHere(db: TenantDatabase, { actor }: TenantContext): Promise<boolean> {
  return actor.kind === 'member' && mayOpen(await findAllowed(db), actor.role);
}

export async function demandMayOpen(db: TenantDatabase, context: TenantContext): Promise<void> {
  if (await mayOpenHere(db, context)) return;
  throw notAllowed();
}

export const notAllowed = () => new Forbidden('This workspace does not let you look into what is private to a member.');

/** An owner says who may; never less than writing it down. */
export async function changeAllowed(context: TenantContext, allowed: Allowed): Promise<void> {
  await inTenant(context, 'workspace.manage', async (db) => {
    const before = await findAllowed(db);
    await saveAllowed(db, allowed);
    await recordEvent(db, context, {
      category: 'security',
      event: 'private-access.policy-changed',
      details: { from: allowedWords[before], to: allowedWords[allowed] },
    });
  });
}
