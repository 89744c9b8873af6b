import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { empty, join, type Sql, sql } from '../../../database/sql.js';
import { type TargetKind, targetKindNamed, targetKinds } from '../../../llm/target.js';
import { accountOf, may, type TenantContext } from '../../../tenancy/context.js';
import { permissions } from '../../../tenancy/permissions.js';
import type { Subject } from '../decision.js';

/**
 * IS-5: who sees a decision (alias d) beside the person it was asked for. The thing that it is about says so, as it is now
 * and for this person now. Once that is gone: those on whose approval it ran, and everybody when it had been there for
 * everybody. A kind that nobody has defined is seen by nobody.
 */
export function subjectSeenBy(context: TenantContext): Sql {
  const kinds = targetKinds();
  const gone = sql`(d.subject_open or coalesce(${me(context)}::uuid = any (d.decided_by), false))`;
  const cases = kinds.map(
    (kind) => sql`when ${kind.kind} then coalesce(${seen(kind, sql`d.subject_id`, context)}, ${gone})`,
  );
  if (kinds.length === 0) return sql`d.subject_kind is null`;
  return sql`(d.subject_kind is null or case d.subject_kind ${join(cases, ' ')} else false end)`;
}

const me = ({ actor }: TenantContext) => accountOf(actor) ?? null;

/** True or false; null when there is no such thing. */
function seen(kind: TargetKind, id: Sql, context: TenantContext): Sql {
  const { rows, permission } = kind;
  const rule = may(context.actor, permission) ? (kind.seenBy?.(context) ?? sql`true`) : sql`false`;
  return sql`(select coalesce(${rule}, false) from ${rows.from} where ${rows.id} = ${id})`;
}

const Seen = z.object({ seen: z.array(z.boolean()) });

/** Whether each of these people sees this decision, in their order. */
export async function listSeeing(db: TenantDatabase, id: string, people: readonly TenantContext[]): Promise<boolean[]> {
  if (people.length === 0) return [];
  const found = await db.one(
    Seen,
    sql`select array[${join(people.map(subjectSeenBy), ', ')}]::boolean[] as seen from decisions d where d.id = ${id}`,
  );
  return found?.seen ?? people.map(() => false);
}

/** Of what waits for this person's own calls: those that none of the others sees. At most so many as a page shows. */
export async function listUnseenByOthers(
  db: TenantDatabase,
  accountId: string,
  others: readonly TenantContext[],
): Promise<string[]> {
  const rows = await db.many(
    z.object({ id: z.uuid() }),
    sql`
      select d.id
      from decisions d
      where d.account_id = ${accountId}
        and d.status = 'waiting'
        and d.subject_kind is not null
        ${others.length > 0 ? sql`and not (${join(others.map(subjectSeenBy), ' or ')})` : empty}
      order by d.id desc
      limit 100
    `,
  );
  return rows.map(({ id }) => id);
}

/** Which of these things this person sees now, as `kind id`. */
export async function listSeen(
  db: TenantDatabase,
  context: TenantContext,
  things: readonly Subject[],
): Promise<Set<string>> {
  const known = things.flatMap(({ kind, id }) => {
    const defined = targetKindNamed(kind);
    return defined ? [{ kind, id, rule: seen(defined, sql`${id}::uuid`, context) }] : [];
  });
  if (known.length === 0) return new Set();
  const rules = known.map(({ rule }) => sql`coalesce(${rule}, false)`);
  const found = await db.one(Seen, sql`select array[${join(rules, ', ')}]::boolean[] as seen`);
  return new Set(known.flatMap(({ kind, id }, at) => (found?.seen[at] ? [`${kind} ${id}`] : [])));
}

/** Whether everybody in the workspace who may see such things sees this one. */
export function openToAll({ tenant, requestId }: TenantContext, { kind, id }: Subject): Sql {
  const defined = targetKindNamed(kind);
  if (!defined) throw new Error(`No tool has defined what ${kind} is`);
  const reading = permissions.filter((permission) => permission.endsWith('.read'));
  const anybody = { kind: 'system', name: 'anybody', may: reading } as const;
  return sql`coalesce(${seen(defined, sql`${id}::uuid`, { tenant, requestId, actor: anybody, trigger: 'job' })}, false)`;
}
