import { z } from 'zod';
import { shared } from '../../database/shared.js';
import { limit } from '../../http/rate-limit.js';
import { feature } from '../../http/route.js';
import { tenantContext } from '../../http/signed-in.js';
import { searchNames } from './queries.js';

/** For completing `@username` as one types. Mounted before the members' own pages, whose ids it would be taken for. */
export const memberNames = feature('/w/:workspace/members/names');

const Query = z.object({ q: z.string().max(64).catch('') });
const most = 8;

memberNames.get(
  '/',
  'members.read',
  limit({ name: 'member-names', max: 300, seconds: 60, by: 'account' }),
  async (request, response) => {
    const { q } = Query.parse(request.query);
    const names = await searchNames(shared(), tenantContext(response).tenant.id, { query: q, limit: most });
    response.set('Cache-Control', 'no-store').json({ names });
  },
);
