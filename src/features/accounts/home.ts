import type { Request } from 'express';
import { shared } from '../../database/shared.js';
import { wasOpenedLast } from '../../http/last-workspace.js';
import { listMemberships } from '../../tenancy/queries.js';

/** Where somebody who is signed in belongs: their workspace, of several the one this browser opened last, or the list. */
export async function homeOf(accountId: string, request?: Request): Promise<string> {
  const known = await listMemberships(shared(), accountId);
  const last = known.find(({ id }) => request && wasOpenedLast(request, accountId, id));
  const home = last ?? (known.length === 1 ? known[0] : undefined);
  return home ? `/w/${home.slug}` : '/workspaces';
}
