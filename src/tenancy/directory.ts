import { cached } from '../database/cached.js';
import { shared, tellHere } from '../database/shared.js';
import type { MemberActor, Tenant } from './context.js';
import { type Permissions, type Role, union, withoutChanging } from './permissions.js';
import { findForWork, findTenant, listEntries } from './queries.js';
import { openPolicy, type SignInPolicy, strictest } from './sign-in-policy.js';

/** An account in a workspace, as it stands at this moment. */
export interface Membership {
  readonly tenant: Tenant;
  readonly role: Role;
  /** Ids of the workspace's own roles that they hold, by themselves or through groups. */
  readonly ownRoles?: readonly string[];
  /** What the person may do now: nothing in a suspended workspace, only look in one whose trial has ended. */
  readonly permissions: Permissions;
  readonly suspended: boolean;
  readonly policy: SignInPolicy;
}

/** What is remembered of one: both sets, because a trial ends by the clock alone. */
interface Entry extends Membership {
  readonly reading: Permissions;
}

const nothing: Permissions = new Set();

/** Emptied per account through the bus: a removed member is out on the next request. */
const entries = cached<Map<string, Entry>>({
  topic: 'membership',
  seconds: 10,
  most: 5000,
  load: async (accountId) => {
    const rows = await listEntries(shared(), accountId);
    return new Map(rows.map((row) => [row.slug, entryOf(row)]));
  },
});

function entryOf(row: Awaited<ReturnType<typeof listEntries>>[number]): Entry {
  const { id, slug, name, loginShard, trialEndsAt, quotas, role, ownRoles, granted, suspended, ...policy } = row;
  const permissions = suspended ? nothing : union(role, granted);
  const tenant: Tenant = { id, slug, name, loginShard, trialEndsAt, quotas };
  return { tenant, role, ownRoles, permissions, reading: withoutChanging(permissions), suspended, policy };
}

function now({ reading, ...entry }: Entry): Membership {
  return hasEnded(entry.tenant) ? { ...entry, permissions: reading } : entry;
}

/** Whether the workspace's trial is over. */
export function hasEnded({ trialEndsAt }: Tenant): boolean {
  return trialEndsAt !== undefined && trialEndsAt !== null && trialEndsAt.getTime() <= Date.now();
}

/** The workspace behind an address, if this account is a member of it. */
export async function enterWorkspace(slug: string, accountId: string): Promise<Membership | undefined> {
  const entry = (await entries.get(accountId)).get(slug);
  return entry && now(entry);
}

/** The same read anew, for what is done on somebody's authority after they left the page: memory may lag behind by seconds. */
export async function enterWorkspaceNow(slug: string, accountId: string): Promise<Membership | undefined> {
  const row = (await listEntries(shared(), accountId)).find((each) => each.slug === slug);
  return row && now(entryOf(row));
}

export async function membershipsOf(accountId: string): Promise<Membership[]> {
  return [...(await entries.get(accountId)).values()].map(now);
}

export async function workspacesOf(accountId: string): Promise<{ slug: string; name: string; role: Role }[]> {
  const known = await membershipsOf(accountId);
  return known.map(({ tenant, role }) => ({ slug: tenant.slug, name: tenant.name, role }));
}

/**
 * What the workspaces of this account demand of its sign-ins together, the strictest of each: a browser is remembered
 * only where all allow it, and a session is idle for no longer than the most careful of them lets it.
 */
export async function signInPolicyOf(accountId: string): Promise<SignInPolicy> {
  const policies = (await membershipsOf(accountId)).map(({ policy }) => policy);
  return policies.length === 0 ? openPolicy : strictest(policies);
}

export function memberActor(
  account: { readonly id: string; readonly name: string },
  { role, ownRoles = [], permissions }: Pick<Membership, 'role' | 'ownRoles' | 'permissions'>,
): MemberActor {
  return { kind: 'member', accountId: account.id, name: account.name, role, ownRoles, permissions };
}

/** Call after the transaction that changed a membership or a workspace's name: this process must not lag. */
export function forgetMemberships(accountId: string): void {
  tellHere('membership', accountId);
}

export async function getTenant(tenantId: string): Promise<Tenant | undefined> {
  return findTenant(shared(), tenantId);
}

/** For a job: the workspace, and whether nothing may go on in it now. Undefined when it is deleted. */
export async function tenantForWork(tenantId: string): Promise<{ tenant: Tenant; suspended: boolean } | undefined> {
  const found = await findForWork(shared(), tenantId);
  if (!found) return undefined;
  const { suspended, ...tenant } = found;
  return { tenant, suspended };
}
