import type { Database } from '../../database/database.js';
import { Conflict, Forbidden, NotFound } from '../../errors.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { type AuditEvent, recordEvent } from '../../tenancy/events.js';
import { inTenant } from '../../tenancy/in-tenant.js';
import { allows, type Permission, type Role } from '../../tenancy/permissions.js';
import { mayAssign } from './member.js';
import { lockRoles } from './queries.js';

/** Above the rank of whoever asked. */
class OutOfRank extends Forbidden {}

/** The act would leave a workspace without an owner. */
export class LastOwner extends Conflict {}

/** What is true of a workspace's people while they are locked. */
export interface Ranks {
  readonly own: Role;
  readonly owners: readonly string[];
  of(accountId: string): Role;
}

/** Locks whoever acts and whoever is acted on. Throws Forbidden when the actor lost the permission meanwhile. */
export async function lockRanks(
  context: TenantContext,
  db: Database,
  permission: Permission,
  about?: string,
): Promise<Ranks> {
  const actor = context.actor.kind === 'member' ? accountOf(context.actor) : undefined;
  const known = await lockRoles(
    db,
    context.tenant.id,
    [actor, about].flatMap((id) => id ?? []),
  );
  const own = actor === undefined ? undefined : known.get(actor);
  if (!own || !allows(own, permission)) throw new OutOfRank('Your role in this workspace does not include this.');
  return {
    own,
    owners: [...known].filter(([, role]) => role === 'owner').map(([id]) => id),
    of(accountId) {
      const role = known.get(accountId);
      if (!role) throw new NotFound('There is no such member.');
      return role;
    },
  };
}

export function demandRank({ own }: Ranks, role: Role): void {
  if (mayAssign(own, role)) return;
  throw new OutOfRank('Only an owner may give or take the role of owner.');
}

export function demandAnotherOwner({ owners }: Ranks, accountId: string): void {
  if (owners.some((owner) => owner !== accountId)) return;
  throw new LastOwner('A workspace needs an owner. Make somebody else an owner first.');
}

/** Does what may be refused by these rules, and writes the refusal down as the act that did not happen. */
export async function orRecordRefusal<T>(
  context: TenantContext,
  event: Pick<AuditEvent, 'event' | 'subject' | 'details'>,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof OutOfRank || error instanceof LastOwner) {
      const reason = error instanceof LastOwner ? 'last owner' : 'rank';
      const details = { ...event.details, reason };
      await inTenant(context, 'workspace.read', (db) =>
        recordEvent(db, context, { ...event, category: 'member', outcome: 'refused', details }),
      );
    }
    throw error;
  }
}
