import { shared } from '../../../database/shared.js';
import { Conflict, Invalid } from '../../../errors.js';
import { formErrors } from '../../../http/form-errors.js';
import { notice } from '../../../http/page.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { operatorOf } from '../operator.js';
import { show } from '../show.js';
import { createTenant, TenantDraft } from './creation.js';
import { countPlatformTenants, listPlatformTenants } from './queries.js';
import { orderOf, perPage, type Sort, stateNames, stateOf, states, TenantQuery } from './tenant.js';

export const platform = feature('/platform');

platform.get('/', 'platform', async (request, response) => {
  const query = TenantQuery.parse(request.query);
  const [tenants, count] = await Promise.all([
    listPlatformTenants(shared(), query),
    countPlatformTenants(shared(), query),
  ]);
  await show(response, 'tenants/index', {
    title: 'Workspaces',
    tenants: tenants.map((tenant) => ({ ...tenant, state: stateOf(tenant) })),
    count,
    query,
    states,
    stateNames,
    narrowed: query.q !== '' || query.state !== undefined,
    heads: headsOf(query),
    pages: pagesOf(query, count),
  });
});

platform.get('/tenants/new', 'platform', async (_request, response) => {
  await show(response, 'tenants/new', { title: 'New workspace', values: {}, errors: {} });
});

platform.post(
  '/tenants',
  'platform',
  limit({ name: 'platform-tenants', max: 60, seconds: 3600, by: 'account' }),
  async (request, response) => {
    const draft = TenantDraft.safeParse(request.body);
    if (!draft.success) {
      const form = formErrors(request.body, draft.error);
      return show(response.status(422), 'tenants/new', { title: 'New workspace', ...form });
    }
    const tenant = await createTenant(operatorOf(request, response), draft.data);
    notice(request, `${tenant.name} is made. An invitation is on its way to ${draft.data.email}.`);
    response.redirect(303, `/platform/tenants/${tenant.id}`);
  },
);

function addressWith(query: TenantQuery, change: Partial<TenantQuery>): string {
  const wanted = { ...query, ...change };
  const kept = Object.entries(wanted).filter(([, value]) => value !== undefined && value !== '');
  return `/platform?${new URLSearchParams(kept.map(([name, value]) => [name, String(value)] as [string, string]))}`;
}

/** The columns that can be sorted by: a second press turns the order round. */
function headsOf(query: TenantQuery) {
  const head = (sort: Sort, label: string) => {
    const current = query.sort === sort ? orderOf(query) : undefined;
    const other = current === 'asc' ? 'desc' : 'asc';
    return { label, current, href: addressWith(query, { sort, order: current ? other : undefined, page: 1 }) };
  };
  return {
    name: head('name', 'Workspace'),
    members: head('members', 'Members'),
    size: head('size', 'Size'),
    used: head('used', 'Last use'),
    created: head('created', 'Created'),
  };
}

function pagesOf(query: TenantQuery, count: number) {
  const { page } = query;
  const last = Math.min(page * perPage, count);
  return {
    newer: page > 1 ? addressWith(query, { page: page - 1 }) : undefined,
    older: last < count ? addressWith(query, { page: page + 1 }) : undefined,
    label: count > perPage ? `${(page - 1) * perPage + 1}–${last} of ${count}` : undefined,
  };
}

/** What a form is told that could not be carried out; anything else is thrown on. */
export function saidBy(error: unknown): Readonly<Record<string, string>> {
  if (error instanceof Invalid) return formErrors({}, error).errors;
  if (error instanceof Conflict) return { '': error.message };
  throw error;
}
