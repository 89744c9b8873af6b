import { z } from 'zod';
import { shared } from '../../database/shared.js';
import { may, type TenantContext } from '../../tenancy/context.js';
import { roles } from '../../tenancy/permissions.js';
import { listInvitations } from './invitations/queries.js';
import { mayAssign } from './member.js';
import { countMembers, searchMembers } from './queries.js';

const perPage = 50;

const ListQuery = z.object({
  q: z.string().trim().max(100).catch(''),
  role: z.enum(roles).optional().catch(undefined),
  page: z.coerce.number().int().min(1).max(100_000).catch(1),
});

/** What views/members/index.ejs shows: a page of the people, and to whoever may invite, the open invitations. */
export async function listLocals({ tenant, actor }: TenantContext, query: unknown) {
  const { q, role, page } = ListQuery.parse(query ?? {});
  const filter = { query: q, role };
  const [members, count, owners, invitations] = await Promise.all([
    searchMembers(shared(), tenant.id, { ...filter, limit: perPage, offset: (page - 1) * perPage }),
    countMembers(shared(), tenant.id, filter),
    countMembers(shared(), tenant.id, { query: '', role: 'owner' }),
    may(actor, 'members.create') ? listInvitations(shared(), tenant.id) : [],
  ]);
  const base = `/w/${tenant.slug}/members`;
  const at = (number: number) => `${base}?${new URLSearchParams({ q, role: role ?? '', page: String(number) })}`;
  const own = actor.kind === 'member' ? actor.role : 'member';
  return {
    title: 'Members',
    members,
    count,
    owners,
    invitations,
    assignable: roles.filter((each) => mayAssign(own, each)),
    filter: { q, role },
    narrowed: q !== '' || role !== undefined,
    pages: {
      newer: page > 1 ? at(page - 1) : undefined,
      older: page * perPage < count ? at(page + 1) : undefined,
      label: count > perPage ? `${(page - 1) * perPage + 1}–${Math.min(page * perPage, count)} of ${count}` : undefined,
    },
  };
}
