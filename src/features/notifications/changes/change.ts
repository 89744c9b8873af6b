import type { Permission } from '../../../tenancy/permissions.js';

export const changeTopic = 'changes';

/** What open pages show, each with what somebody needs to see it at all. */
export const seenWith = {
  task: ['tasks.read'],
  page: ['pages.read'],
  space: ['spaces.read'],
  event: ['calendar.read'],
  decision: ['decisions.read'],
} as const satisfies Record<string, readonly Permission[]>;
export type Kind = keyof typeof seenWith;

/** Something of a workspace has changed, was made or is gone. Who may look reads what became of it; nothing of it is told. */
export interface Change {
  /** Decisions have a topic of their own, told without the tenant's role. */
  readonly kind: Exclude<Kind, 'decision'>;
  readonly id: string;
  /** Accounts. Left out: everybody who may see such things here. For what is private, those who see it, and nobody else. */
  readonly to?: readonly string[] | undefined;
}

/** The same as every process hears it. */
export interface Heard {
  readonly tenantId: string;
  readonly kind: Kind;
  readonly id: string;
  /** The one account that it is for; undefined for everybody. */
  readonly accountId: string | undefined;
}

/** Said before a change, with an id of its own: by it every process knows which change it was (log.ts). */
export const markKind = 'mark';

/** `tenant_7f3k... task <id> [<account>]`, as `jobs.tell_change` writes it. */
export function heardIn(notice: string): Heard | undefined {
  const [tenantId = '', kind = '', id = '', accountId] = notice.split(' ');
  return isKind(kind) ? { tenantId, kind, id, accountId } : undefined;
}

const isKind = (text: string): text is Kind => Object.hasOwn(seenWith, text);
