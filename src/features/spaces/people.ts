import { shared } from '../../database/shared.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { listMemberNames, listStandings } from '../members/queries.js';
import type { Space } from './space.js';

export async function isMember({ tenant }: TenantContext, accountId: string): Promise<boolean> {
  return (await listStandings(shared(), tenant.id, [accountId])).has(accountId);
}

/** Its maker; or, when the maker has left the workspace, whoever is in it. Asks only of who was found to see it. */
export async function mayManagePeople(context: TenantContext, { createdBy, kind }: Space): Promise<boolean> {
  if (kind === 'team') return false;
  return createdBy === accountOf(context.actor) || !(await isMember(context, createdBy));
}

/** How to call people: by their names while they are members. */
export async function calledIn(
  { tenant }: TenantContext,
  ids: readonly (string | null)[],
): Promise<(id: string | null) => string> {
  const known = [...new Set(ids.filter((id) => id !== null))];
  const names = known.length > 0 ? await listMemberNames(shared(), tenant.id, known) : new Map<string, string>();
  return (id) => (id === null ? 'Bailiwick' : (names.get(id) ?? 'A former member'));
}
