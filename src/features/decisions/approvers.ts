import type { TenantDatabase } from '../../database/database.js';
import { shared } from '../../database/shared.js';
import { accountOf, type MemberActor, may, type Tenant, type TenantContext } from '../../tenancy/context.js';
import { enterWorkspace, enterWorkspaceNow, memberActor } from '../../tenancy/directory.js';
import { listMembers } from '../members/queries.js';
import { approversOf, type Decision } from './decision.js';
import type { Policy } from './policy/policy.js';
import { getPolicy } from './policy/queries.js';
import type { Viewer } from './queries.js';
import { listSeeing, listUnseenByOthers } from './subject/queries.js';

export interface Approver {
  readonly accountId: string;
  readonly name: string;
  readonly email: string;
  readonly actor: MemberActor;
}

type Person = Pick<Approver, 'accountId' | 'name'>;

/** Asked one after the other: more would be more mail than anybody reads. */
const mostApprovers = 200;

/** A person with the rights that they have in the workspace at this moment; undefined when they are no member of it. */
export async function memberNow(tenant: Tenant, { accountId, name }: Person): Promise<MemberActor | undefined> {
  const membership = await enterWorkspaceNow(tenant.slug, accountId);
  if (membership?.tenant.id !== tenant.id) return undefined;
  return memberActor({ id: accountId, name }, membership);
}

/** Who may approve in a workspace, by name. */
export async function listApprovers(tenant: Tenant): Promise<Approver[]> {
  const found: Approver[] = [];
  for (const { accountId, name, email } of await listMembers(shared(), tenant.id)) {
    if (found.length >= mostApprovers) break;
    const membership = await enterWorkspace(tenant.slug, accountId);
    if (membership?.tenant.id !== tenant.id || !membership.permissions.has('decisions.update')) continue;
    found.push({ accountId, name, email, actor: memberActor({ id: accountId, name }, membership) });
  }
  return found;
}

const asThey = (context: TenantContext, people: readonly { actor: MemberActor }[]): TenantContext[] =>
  people.map(({ actor }) => ({ ...context, actor }));

/** Those among these who see what the decision is about: nobody decides over what they may not see (IS-5). */
export async function whoSee<Each extends { actor: MemberActor }>(
  db: TenantDatabase,
  context: TenantContext,
  { id }: Pick<Decision, 'id'>,
  people: readonly Each[],
): Promise<Each[]> {
  const seeing = await listSeeing(db, id, asThey(context, people));
  return people.filter((_, at) => seeing[at]);
}

/** Everybody who may decide over this one now, but the person whom it was asked for. */
export async function listDeciders(
  db: TenantDatabase,
  context: TenantContext,
  decision: Decision,
): Promise<Approver[]> {
  const others = (await listApprovers(context.tenant)).filter(({ accountId }) => accountId !== decision.accountId);
  return whoSee(db, context, decision, others);
}

/** Whether who asked may approve it: `alone` is when nobody else may decide over this one. */
export async function mayDecideOwn(
  db: TenantDatabase,
  context: TenantContext,
  { policy, decision }: { policy: Policy; decision: Decision },
): Promise<boolean> {
  if (policy.ownApproval !== 'alone') return policy.ownApproval === 'always';
  return (await listDeciders(db, context, decision)).length === 0;
}

/**
 * Whose approvals hold at this moment: who may approve no more, or sees no more what it is about, has not approved. Read
 * anew and not from memory, as something is about to happen on their authority.
 */
export async function standingApprovers(
  db: TenantDatabase,
  context: TenantContext,
  { policy, decision }: { policy: Policy; decision: Decision },
): Promise<Map<string, string>> {
  const holding: { accountId: string; name: string; actor: MemberActor }[] = [];
  for (const [accountId, name] of approversOf(decision)) {
    const actor = await memberNow(context.tenant, { accountId, name });
    if (!actor || !may(actor, 'decisions.update')) continue;
    const own = accountId === decision.accountId;
    if (own && !(await mayDecideOwn(db, context, { policy, decision }))) continue;
    holding.push({ accountId, name, actor });
  }
  const standing = await whoSee(db, context, decision, holding);
  // Their own call they see whatever it is about, and act upon it only as far as they may.
  const all = holding.filter((each) => each.accountId === decision.accountId || standing.includes(each));
  return new Map(all.map(({ accountId, name }) => [accountId, name]));
}

export async function viewerIn(db: TenantDatabase, context: TenantContext): Promise<Viewer> {
  const accountId = accountOf(context.actor) ?? '';
  const mayDecide = context.actor.kind === 'member' && may(context.actor, 'decisions.update');
  const nobody: Viewer = { context, accountId, mayDecide, mayDecideOwn: false, alone: [] };
  const rule = mayDecide ? (await getPolicy(db)).ownApproval : 'never';
  if (rule !== 'alone') return { ...nobody, mayDecideOwn: rule === 'always' };
  const others = (await listApprovers(context.tenant)).filter((other) => other.accountId !== accountId);
  if (others.length === 0) return { ...nobody, mayDecideOwn: true };
  return { ...nobody, alone: await listUnseenByOthers(db, accountId, asThey(context, others)) };
}
