import { newId } from '../../database/id.js';
import { Conflict, NotFound } from '../../errors.js';
import type { TenantContext } from '../../tenancy/context.js';
import { demandCover, demandSay } from '../members/rank.js';
import { changeRights } from './change.js';
import {
  getRole,
  insertRole,
  listHolders,
  listRoles,
  listRolesOf,
  removeRole,
  replaceRolesOf,
  saveRole,
} from './queries.js';
import { type CustomRoleDraft, difference, mostRoles } from './role.js';

const subjectOf = (id: string) => ({ kind: 'role', id });

/** MB-3: a role from chosen permissions, of which none may be missing to whoever makes it. Answers its id. */
export async function createRole(context: TenantContext, draft: CustomRoleDraft): Promise<string> {
  const id = newId();
  await changeRights(context, {
    event: 'role.created',
    subject: subjectOf(id),
    permission: 'members.manage',
    async change(db, ranks) {
      demandCover(ranks, draft.permissions);
      const known = await listRoles(db, context.tenant.id);
      if (known.length >= mostRoles) throw new Conflict(`A workspace has at most ${mostRoles} roles of its own.`);
      await insertRole(db, context.tenant.id, { ...draft, id });
      return { accounts: [], details: { name: draft.name, permissions: draft.permissions.join(' ') } };
    },
  });
  return id;
}

/**
 * What was in the role and what will be must both be the editor's own: so nobody grows by editing a role that they hold,
 * and nobody takes from others what they could not give back.
 */
export async function editRole(context: TenantContext, id: string, draft: CustomRoleDraft): Promise<void> {
  await changeRights(context, {
    event: 'role.updated',
    subject: subjectOf(id),
    permission: 'members.manage',
    async change(db, ranks) {
      const { id: tenantId } = context.tenant;
      const before = await getRole(db, tenantId, id);
      demandCover(ranks, [...before.permissions, ...draft.permissions]);
      await saveRole(db, tenantId, { ...draft, id });
      const { added, taken } = difference(before.permissions, draft.permissions);
      const names = { from: before.name, to: draft.name };
      const details = { ...names, added: added.join(' '), taken: taken.join(' ') };
      return { accounts: await listHolders(db, tenantId, id), details };
    },
  });
}

/** Its holders keep the role that every member has, and whatever else they hold. */
export async function deleteRole(context: TenantContext, id: string): Promise<void> {
  await changeRights(context, {
    event: 'role.deleted',
    subject: subjectOf(id),
    permission: 'members.manage',
    async change(db, ranks) {
      const { id: tenantId } = context.tenant;
      const role = await getRole(db, tenantId, id);
      demandCover(ranks, role.permissions);
      const accounts = await listHolders(db, tenantId, id);
      await removeRole(db, tenantId, id);
      const { name, members, groups, permissions } = role;
      return { accounts, details: { name, permissions: permissions.join(' '), members, groups } };
    },
  });
}

/** Gives a member exactly these roles of the workspace's own. Throws NotFound for one that is not of this workspace. */
export async function giveRoles(context: TenantContext, accountId: string, roleIds: readonly string[]): Promise<void> {
  await changeRights(context, {
    event: 'member.roles-changed',
    subject: { kind: 'account', id: accountId },
    permission: 'members.update',
    about: accountId,
    async change(db, ranks) {
      const { id: tenantId } = context.tenant;
      demandSay(ranks, ranks.of(accountId));
      const known = new Map((await listRoles(db, tenantId)).map((role) => [role.id, role]));
      if (roleIds.some((id) => !known.has(id))) throw new NotFound('There is no such role.');
      const before = await listRolesOf(db, tenantId, accountId);
      const { added, taken } = difference(before, [...new Set(roleIds)]);
      for (const id of [...added, ...taken]) demandCover(ranks, known.get(id)?.permissions ?? []);
      await replaceRolesOf(db, tenantId, { accountId, roleIds });
      const names = (ids: readonly string[]) => ids.map((id) => known.get(id)?.name ?? id).join(', ');
      return { accounts: [accountId], details: { given: names(added), taken: names(taken) } };
    },
  });
}
