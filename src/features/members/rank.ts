import type { Database } from '../../database/database.js';
import { Conflict, Forbidden, NotFound } from '../../errors.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { type AuditEvent, recordEvent } from '../../tenancy/events.js';
import { inTenant } from '../../tenancy/in-tenant.js';
import { covers, type Permission, type Role } from '../../tenancy/permissions.js';
import { mayGive, mayTouch, type Standing } from './member.js';
import { listStandings, lockRoles } from './queries.js';

/** Above the rank of whoever asked. */
class OutOfRank extends Forbidden {}

/** The act would leave a workspace without an owner. */
export class LastOwner extends Conflict {}

/** What is true of a workspace's people while they are locked. */
export interface Ranks {
  readonly own: Standing;
  readonly owners: readonly string[];
  of(accountId: string): Standing;
}

/**
 * Locks whoever acts and whoever is acted on: all changes of a workspace's members, roles and groups begin here, so each
 * is judged by what the one before left. Throws Forbidden when the actor lost the permission meanwhile.
 */
export async function lockRanks(
  context: TenantContext,
  db: Database,
  permission: Permission,
  about?: string,
): Promise<Ranks> {
  const { id } = context.tenant;
  const actor = context.actor.kind === 'member' ? accountOf(context.actor) : undefined;
  const accounts = [actor, about].flatMap((account) => account ?? []);
  const locked = await lockRoles(db, id, accounts);
  // Asked only now: a statement that waited for a lock still sees the other tables as they were before.
  const known = await listStandings(db, id, accounts);
  const own = actor === undefined ? undefined : known.get(actor);
  if (!own?.permissions.has(permission)) throw new OutOfRank('Your role in this workspace does not include this.');
  return {
    own,
    owners: [...locked].filter(([, role]) => role === 'owner').map(([account]) => account),
    of(accountId) {
      const standing = known.get(accountId);
      if (!standing) throw new NotFound('There is no such member.');
      return standing;
    },
  };
}

/** Before somebody is given a role that every workspace has. */
export function demandRank({ own }: Ranks, role: Role): void {
  if (mayGive(own, role)) return;
  if (role === 'owner') throw new OutOfRank('Only an owner may give or take the role of owner.');
  throw new OutOfRank('You can only give roles whose permissions you have yourself.');
}

/** Before these permissions are given or taken, through a role or a group of the workspace's own. */
export function demandCover({ own }: Ranks, given: Iterable<Permission>): void {
  if (!covers(own.permissions, given))
    throw new OutOfRank('You can only give or take permissions that you have yourself.');
}

/** Before somebody is changed or removed. */
export function demandSay({ own }: Ranks, other: Standing): void {
  if (!mayTouch(own, other))
    throw new OutOfRank('Only somebody who may do all that they may can change or remove them.');
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
