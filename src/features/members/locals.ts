import { z } from 'zod';
import { shared } from '../../database/shared.js';
import { NotFound } from '../../errors.js';
import { may, type TenantContext } from '../../tenancy/context.js';
import {
  covers,
  grantable,
  permissions,
  permissionsOf,
  type Role,
  resources,
  roleNames,
  roles,
  union,
} from '../../tenancy/permissions.js';
import { listRoles, listRolesOf } from '../roles/queries.js';
import { listInvitations } from './invitations/queries.js';
import { type Member, mayGive, mayTouch, type Standing } from './member.js';
import { countMembers, getMember, searchMembers } from './queries.js';

const perPage = 50;

const ListQuery = z.object({
  q: z.string().trim().max(100).catch(''),
  /** One that every workspace has, or the id of one of its own. */
  role: z
    .union([z.enum(roles), z.uuid()])
    .optional()
    .catch(undefined),
  page: z.coerce.number().int().min(1).max(100_000).catch(1),
});

const isBuiltIn = (role: string | undefined): role is Role => roles.includes(role as Role);

/** What views/members/index.ejs shows: a page of the people, and to whoever may invite, the open invitations. */
export async function listLocals(context: TenantContext, query: unknown) {
  const { tenant, actor } = context;
  const { q, role, page } = ListQuery.parse(query ?? {});
  const filter = isBuiltIn(role) ? { query: q, role } : { query: q, role: undefined, ownRole: role };
  const [members, count, owners, invitations, ownRoles] = await Promise.all([
    searchMembers(shared(), tenant.id, { ...filter, limit: perPage, offset: (page - 1) * perPage }),
    countMembers(shared(), tenant.id, filter),
    countMembers(shared(), tenant.id, { query: '', role: 'owner' }),
    may(actor, 'members.create') ? listInvitations(shared(), tenant.id) : [],
    listRoles(shared(), tenant.id),
  ]);
  const base = `/w/${tenant.slug}/members`;
  const at = (number: number) => `${base}?${new URLSearchParams({ q, role: role ?? '', page: String(number) })}`;
  const own = standingOf(context);
  return {
    title: 'Members',
    members: members.map((member) => ({ ...member, touchable: mayTouch(own, standingIn(member)) })),
    count,
    owners,
    invitations,
    assignable: roles.filter((each) => mayGive(own, each)),
    roleNames,
    roleChoices: [
      ...roles.map((each) => ({ value: each, label: roleNames[each] })),
      ...ownRoles.map(({ id, name }) => ({ value: id, label: name })),
    ],
    filter: { q, role },
    narrowed: q !== '' || role !== undefined,
    pages: {
      newer: page > 1 ? at(page - 1) : undefined,
      older: page * perPage < count ? at(page + 1) : undefined,
      label: count > perPage ? `${(page - 1) * perPage + 1}–${Math.min(page * perPage, count)} of ${count}` : undefined,
    },
  };
}

/** One member: what they hold, and all that they may do by it. */
export async function memberLocals(context: TenantContext, accountId: string) {
  const { tenant } = context;
  const [member, ownRoles, held] = await Promise.all([
    getMember(shared(), tenant.id, accountId),
    listRoles(shared(), tenant.id),
    listRolesOf(shared(), tenant.id, accountId),
  ]);
  const own = standingOf(context);
  const standing = standingIn(member);
  return {
    title: member.name,
    member,
    roleNames,
    touchable: mayTouch(own, standing),
    ownRoles: ownRoles.map((role) => ({
      ...role,
      held: held.includes(role.id),
      givable: covers(own.permissions, role.permissions),
    })),
    effective: byResource(permissions.filter((permission) => standing.permissions.has(permission))),
  };
}

/** `[{ resource: 'tasks', actions: ['read', 'create'] }]`: shorter to read than each permission by its whole name. */
const byResource = (held: readonly string[]) =>
  Object.entries(resources)
    .map(([resource, actions]) => ({
      resource,
      actions: actions.filter((action) => held.includes(`${resource}.${action}`)),
    }))
    .filter(({ actions }) => actions.length > 0);

/** Everybody who could become the owner. Throws NotFound when nobody is there to hand over to. */
export async function heirLocals({ tenant }: TenantContext, me: string) {
  const filter = { query: '', role: undefined };
  const everybody = await searchMembers(shared(), tenant.id, { ...filter, limit: 1000, offset: 0 });
  const heirs = everybody.filter(({ accountId, role }) => accountId !== me && role !== 'owner');
  return { title: 'Hand over the workspace', heirs, roleNames };
}

/** The matrix from the table that decides: the roles of every workspace, then this one's own (MB-4). */
export async function matrixLocals({ tenant }: TenantContext) {
  const own = await listRoles(shared(), tenant.id);
  const columns = [
    ...roles.map((role) => ({ id: role as string, name: roleNames[role], has: permissionsOf(role) })),
    ...own.map(({ id, name, permissions: given }) => ({ id, name, has: new Set(given) })),
  ];
  return { title: 'Roles and permissions', styles: ['matrix'], resources, columns, builtIn: roles.length, grantable };
}

function standingOf({ actor }: TenantContext): Standing {
  if (actor.kind !== 'member') throw new NotFound('There is nobody here.');
  return actor;
}

function standingIn({ role, granted }: Member): Standing {
  return { role, permissions: union(role, granted) };
}
