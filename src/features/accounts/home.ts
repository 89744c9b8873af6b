import { shared } from '../../database/shared.js';
import { listMemberships } from '../../tenancy/queries.js';

/** Where somebody who is signed in belongs: their workspace, or the list when there are several or none. */
export async function homeOf(accountId: string): Promise<string> {
  const [only, ...more] = await listMemberships(shared(), accountId);
  return only && more.length === 0 ? `/w/${only.slug}` : '/workspaces';
}
