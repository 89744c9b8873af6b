import { shared } from '../../../database/shared.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { getPolicy } from '../../decisions/policy/queries.js';
import { listClaims } from '../../security/checks.js';
import { listSelfTests } from '../self-test/queries.js';
import type { Facts } from './facts.js';
import { connectedParties } from './parties.js';
import { countInside, countPeople, getSignInPolicy, listKeys, listUnprotected } from './queries.js';

const shownTests = 5;

/** How a workspace stands at this moment. */
export async function lookAt(context: TenantContext): Promise<Facts> {
  const { id } = context.tenant;
  const db = shared();
  const [claims, unprotected, counts, signIn, keys] = await Promise.all([
    listClaims(),
    listUnprotected(db, id),
    countPeople(db, id),
    getSignInPolicy(db, id),
    listKeys(db, id),
  ]);
  const inside = await readTenant(context, 'settings.read', async (own) => ({
    selfTests: await listSelfTests(own, shownTests),
    inside: await countInside(own),
    approvals: await getPolicy(own),
  }));
  // What an installation does not use, such as mail, is `off` by choice; a promise kept in part is not.
  const brokenClaims = claims.filter(
    ({ state, group }) => state === 'partial' || (state === 'off' && group === 'Isolation'),
  );
  return {
    ...{ at: new Date(), unprotected, counts, signIn, keys, ...inside },
    parties: connectedParties(),
    brokenClaims: brokenClaims.map(({ title }) => title),
  };
}
