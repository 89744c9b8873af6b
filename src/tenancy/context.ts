import type { Permission, Permissions, Role } from './permissions.js';

export interface Tenant {
  /** Also the name of its schema and of its database role: `tenant_` and 16 opaque characters. */
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  /** Which of the tenant logins may become this tenant. */
  readonly loginShard: number;
  /** When its trial ends or ended; then it is read-only (MB-8). */
  readonly trialEndsAt?: Date | null;
  readonly quotas?: Quotas;
}

/** The most that a workspace may hold or use; what is not named is not limited. */
export interface Quotas {
  readonly members?: number;
  readonly documents?: number;
  /** Questions that its members ask in a calendar month (UTC). */
  readonly messagesPerMonth?: number;
  /** Of language models, in a calendar month of the workspace. */
  readonly tokensPerMonth?: number;
  /** In millionths of the operator's currency. */
  readonly costPerMonth?: number;
}

export interface MemberActor {
  readonly kind: 'member';
  readonly accountId: string;
  readonly name: string;
  /** For display, and for documents that are for some roles only. */
  readonly role: Role;
  /** Ids of the workspace's own roles that they hold, for documents that are for these only. */
  readonly ownRoles?: readonly string[];
  /** All that decides: the union of their roles' permissions, less what the workspace's state takes away. */
  readonly permissions: Permissions;
}

/** An agent acts as itself, with at most the rights of whoever started the turn. */
export interface AgentActor {
  readonly kind: 'agent';
  readonly agentId: string;
  readonly name: string;
  readonly onBehalfOf: MemberActor;
}

/** A job of the installation itself: indexing, sweeping, sign-up. `may` is all that it may do. */
export interface SystemActor {
  readonly kind: 'system';
  readonly name: string;
  readonly may: readonly Permission[];
}

export type Actor = MemberActor | AgentActor | SystemActor;

/** From where an act was asked for; kept with every audit event. */
export type Trigger = 'page' | 'chat' | 'task' | 'job' | 'command';

/** Who acts where. Immutable, and an explicit first parameter of every action. */
export interface TenantContext {
  readonly tenant: Tenant;
  readonly actor: Actor;
  readonly trigger: Trigger;
  readonly requestId: string;
  /** The caller's network address as the edge saw it; absent for jobs. */
  readonly address?: string;
}

/**
 * What comes of work on a task is read by everybody who sees the task. So it sees what all of them may see, and nothing
 * that is only for the person on whose authority it is done.
 */
export const isForAll = ({ trigger }: Pick<TenantContext, 'trigger'>): boolean => trigger === 'task';

export function may(actor: Actor, permission: Permission): boolean {
  if (actor.kind === 'member') return actor.permissions.has(permission);
  if (actor.kind === 'agent') return actor.onBehalfOf.permissions.has(permission);
  return actor.may.includes(permission);
}

/** The person on whose authority the act happens; undefined for the installation's own jobs. */
export function accountOf(actor: Actor): string | undefined {
  if (actor.kind === 'member') return actor.accountId;
  return actor.kind === 'agent' ? actor.onBehalfOf.accountId : undefined;
}
