import { newId } from '../../src/database/id.js';
import type { TenantContext } from '../../src/tenancy/context.js';
import { permissionsOf, type Role } from '../../src/tenancy/permissions.js';
import { claimTenant } from '../../src/tenancy/provisioning.js';

/** A claimed workspace without people, for tests below the features. */
export async function newWorkspace(slug: string, role: Role = 'owner'): Promise<TenantContext> {
  const { tenant } = await claimTenant({ name: slug, slug, sharedWork: async () => {}, tenantWork: async () => {} });
  const actor = {
    kind: 'member',
    accountId: newId(),
    name: `the ${role} of ${slug}`,
    role,
    permissions: permissionsOf(role),
  } as const;
  return { tenant, actor, trigger: 'page', requestId: 'test-request' };
}
