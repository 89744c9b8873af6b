import { newId } from '../../database/id.js';
import { shared } from '../../database/shared.js';
import type { Actor, TenantContext } from '../../tenancy/context.js';
import { type AuditEvent, recordEvent } from '../../tenancy/events.js';
import { inTenant } from '../../tenancy/in-tenant.js';
import { listMemberships } from '../../tenancy/queries.js';
import type { Account, Origin } from './account.js';
import { insertAccountEvent } from './queries.js';

type AccountEvent = Pick<AuditEvent, 'event' | 'outcome' | 'details'>;

/**
 * Writes what an account did into its own events and into the audit of every workspace it is in (AU-1).
 * Call it before the act: if it cannot be written, the act does not happen.
 */
export async function announce(account: Account, origin: Origin, event: AccountEvent): Promise<void> {
  const { requestId, address } = origin;
  const memberships = await listMemberships(shared(), account.id);
  for (const { role, ...tenant } of memberships) {
    // No more than writing it down, and that in a suspended workspace, too.
    const permissions = new Set(['workspace.read'] as const);
    const actor: Actor = { kind: 'member', accountId: account.id, name: account.name, role, permissions };
    await record({ tenant, actor, trigger: 'page', requestId, address }, account, event);
  }
  await insertAccountEvent(shared(), {
    id: newId(),
    accountId: account.id,
    event: event.event,
    outcome: event.outcome ?? 'done',
    address: origin.address,
    device: origin.device ?? null,
    requestId: origin.requestId,
    details: JSON.stringify(event.details ?? {}),
  });
}

async function record(context: TenantContext, account: Account, event: AccountEvent): Promise<void> {
  await inTenant(context, 'workspace.read', (db) =>
    recordEvent(db, context, { ...event, category: 'sign-in', subject: { kind: 'account', id: account.id } }),
  );
}
