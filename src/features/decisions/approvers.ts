import type { TenantDatabase } from '../../database/database.js';
import { shared } from '../../database/shared.js';
import { accountOf, type MemberActor, may, type Tenant, type TenantContext } from '../../tenancy/context.js';
import { enterWorkspace, memberActor } from '../../tenancy/directory.js';
import { listMembers } from '../members/queries.js';
import type { Policy } from './policy/policy.js';
import { getPolicy } from './policy/queries.js';
import type { Viewer } from './queries.js';

export interface Approver {
  readonly accountId: string;
  readonly name: string;
  readonly email: string;
}

/** Asked one after the other: more would be more mail than anybody reads. */
const mostApprovers = 200;

/** A person with the rights that they have in the workspace at this moment; undefined when they are no member of it. */
export async function memberNow(
  tenant: Tenant,
  person: { accountId: string; name: string },
): Promise<MemberActor | undefined> {
  const membership = await enterWorkspace(tenant.slug, person.accountId);
  if (membership?.tenant.id !== tenant.id) return undefined;
  return memberActor({ id: person.accountId, name: person.name }, membership);
}

/** Who may approve in a workspace, by name. */
export async function listApprovers(tenant: Tenant): Promise<Approver[]> {
  const found: Approver[] = [];
  for (const { accountId, name, email } of await listMembers(shared(), tenant.id)) {
    if (found.length >= mostApprovers) break;
    if (await mayApprove(tenant, { accountId, name })) found.push({ accountId, name, email });
  }
  return found;
}

export async function mayApprove(tenant: Tenant, person: { accountId: string; name: string }): Promise<boolean> {
  const actor = await memberNow(tenant, person);
  return actor !== undefined && may(actor, 'decisions.update');
}

/** Whether this person may approve what an agent asks for them. */
export async function mayDecideOwn({ ownApproval }: Policy, tenant: Tenant, accountId: string): Promise<boolean> {
  if (ownApproval !== 'alone') return ownApproval === 'always';
  for (const member of await listMembers(shared(), tenant.id)) {
    if (member.accountId !== accountId && (await mayApprove(tenant, member))) return false;
  }
  return true;
}

export async function viewerIn(db: TenantDatabase, context: TenantContext): Promise<Viewer> {
  const accountId = accountOf(context.actor) ?? '';
  const mayDecide = context.actor.kind === 'member' && may(context.actor, 'decisions.update');
  const own = mayDecide && (await mayDecideOwn(await getPolicy(db), context.tenant, accountId));
  return { accountId, mayDecide, mayDecideOwn: own };
}
