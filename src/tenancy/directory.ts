import { cached } from '../database/cached.js';
import { shared, tellHere } from '../database/shared.js';
import type { Tenant } from './context.js';
import type { Role } from './permissions.js';
import { findTenant, listMemberships } from './queries.js';

export interface Membership {
  readonly tenant: Tenant;
  readonly role: Role;
}

/** Emptied per account through the bus: a removed member is out on the next request. */
const memberships = cached<Map<string, Membership>>({
  topic: 'membership',
  seconds: 10,
  most: 5000,
  load: async (accountId) => {
    const rows = await listMemberships(shared(), accountId);
    return new Map(rows.map(({ role, ...tenant }) => [tenant.slug, { tenant, role }]));
  },
});

/** The workspace behind an address, if this account is a member of it. */
export async function enterWorkspace(slug: string, accountId: string): Promise<Membership | undefined> {
  return (await memberships.get(accountId)).get(slug);
}

export async function workspacesOf(accountId: string): Promise<{ slug: string; name: string; role: Role }[]> {
  const known = [...(await memberships.get(accountId)).values()];
  return known.map(({ tenant, role }) => ({ slug: tenant.slug, name: tenant.name, role }));
}

/** Call after the transaction that changed a membership or a workspace's name: this process must not lag. */
export function forgetMemberships(accountId: string): void {
  tellHere('membership', accountId);
}

export async function getTenant(tenantId: string): Promise<Tenant | undefined> {
  return findTenant(shared(), tenantId);
}
