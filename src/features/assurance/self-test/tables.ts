import {
  listRelations,
  listStrangeRights,
  mayLeaveRole,
  openVerbs,
  type StrangeRight,
  verbs,
} from '../../../database/crossing.js';
import { shared } from '../../../database/shared.js';
import type { Tenant } from '../../../tenancy/context.js';
import { scopeOf } from '../../../tenancy/in-tenant.js';
import type { Canary } from './canaries.js';
import type { Part } from './self-test.js';

const said = ({ what, grantee, right }: StrangeRight) => `${grantee} has ${right} on ${what}`;

/** IS-1, IS-2: as the role of one canary, every table of the other, and the way past the role itself. */
export async function tryTables(one: Canary, other: Canary): Promise<Part> {
  const from = scopeOf(one.context.tenant);
  const foreign = other.context.tenant.id;
  const relations = await listRelations(shared(), foreign);
  const leaks: string[] = [];
  for (const relation of relations) {
    for (const verb of await openVerbs(from, foreign, relation)) leaks.push(`${verb} on ${relation.name}`);
  }
  if (await mayLeaveRole(from)) leaks.push('the role can be left by an expression');
  const tried = relations.length * verbs.length + 1;
  // A right that no statement above reached, because another wall stands before it, is a hole all the same.
  const strange = (await listStrangeRights(shared(), foreign)).map(said);
  const refused = tried - leaks.length;
  return {
    ...{ part: 'tables', tried: tried + relations.length, refused: refused + relations.length - strange.length },
    leaks: [...leaks, ...strange],
    names: relations.map(({ name }) => name),
  };
}

/** The same question for a workspace that people use: of the catalogue alone, so that none of its rows is touched. */
export async function askRights(tenant: Pick<Tenant, 'id'>): Promise<Part> {
  const strange = await listStrangeRights(shared(), tenant.id);
  return rightsPart(
    (await listRelations(shared(), tenant.id)).map(({ name }) => name),
    strange,
  );
}

export function rightsPart(names: readonly string[], strange: readonly StrangeRight[]): Part {
  // The schema and the role are asked as well as the tables.
  const tried = names.length + 2;
  const leaks = strange.map(said);
  return { part: 'rights', tried, refused: Math.max(0, tried - leaks.length), leaks, names: [...names] };
}
