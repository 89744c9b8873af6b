import type { TenantDatabase } from '../database/database.js';
import type { Sql } from '../database/sql.js';
import type { TenantContext } from '../tenancy/context.js';
import type { Permission } from '../tenancy/permissions.js';

/**
 * One kind of thing that calls act upon. Whoever decides over such a call, or reads about it, is judged by the rule of the
 * thing itself (IS-5), and it is held while the call that was approved runs.
 */
export interface TargetKind {
  readonly kind: string;
  /** Without it nobody sees any. */
  readonly permission: Permission;
  /** Where they are, and the column that names one. */
  readonly rows: { readonly from: Sql; readonly id: Sql };
  /** A condition on these rows: what this person may see. Absent where everybody with the permission sees all. */
  seenBy?(context: TenantContext): Sql;
  /** Nobody else changes it until the transaction ends. In the order in which everybody locks. Absent where no tool acts. */
  hold?(db: TenantDatabase, id: string): Promise<unknown>;
}

const kinds = new Map<string, TargetKind>();

/** Once, when the feature's tools.ts is loaded. */
export function defineTargetKind(defined: TargetKind): TargetKind {
  kinds.set(defined.kind, defined);
  return defined;
}

export const targetKindNamed = (kind: string): TargetKind | undefined => kinds.get(kind);

export const targetKinds = (): readonly TargetKind[] => [...kinds.values()];
