import type { Database } from '../../../database/database.js';
import { newId } from '../../../database/id.js';
import { Conflict, NotFound } from '../../../errors.js';
import type { TenantContext } from '../../../tenancy/context.js';
import type { Permission } from '../../../tenancy/permissions.js';
import { demandCover, demandSay } from '../../members/rank.js';
import { changeRights } from '../change.js';
import { listRoles } from '../queries.js';
import { difference } from '../role.js';
import { type GroupDraft, mostGroups } from './group.js';
import {
  deleteGroupMember,
  getGroup,
  insertGroup,
  insertGroupMember,
  listGroupAccounts,
  listGroups,
  removeGroup,
  replaceRoles,
  saveGroup,
} from './queries.js';

const subjectOf = (id: string) => ({ kind: 'group', id });
const permission = 'members.manage';

/** What each role of the workspace's own is called and gives. Throws NotFound for one that is not of this workspace. */
async function rolesIn(context: TenantContext, db: Database, ids: readonly string[]) {
  const known = new Map((await listRoles(db, context.tenant.id)).map((role) => [role.id, role]));
  if (ids.some((id) => !known.has(id))) throw new NotFound('There is no such role.');
  return {
    given: (some: readonly string[]): Permission[] => some.flatMap((id) => known.get(id)?.permissions ?? []),
    names: (some: readonly string[]): string => some.map((id) => known.get(id)?.name ?? id).join(', '),
  };
}

export async function createGroup(context: TenantContext, { roles, ...draft }: GroupDraft): Promise<string> {
  const id = newId();
  await changeRights(context, {
    event: 'group.created',
    subject: subjectOf(id),
    permission,
    async change(db, ranks) {
      const { id: tenantId } = context.tenant;
      const { given, names } = await rolesIn(context, db, roles);
      demandCover(ranks, given(roles));
      const known = await listGroups(db, tenantId);
      if (known.length >= mostGroups) throw new Conflict(`A workspace has at most ${mostGroups} groups.`);
      await insertGroup(db, tenantId, { ...draft, id });
      await replaceRoles(db, tenantId, { id, roleIds: roles });
      return { accounts: [], details: { name: draft.name, roles: names(roles) } };
    },
  });
  return id;
}

/** What the group gains and what it loses must both be the editor's own. */
export async function editGroup(context: TenantContext, id: string, { roles, ...draft }: GroupDraft): Promise<void> {
  await changeRights(context, {
    event: 'group.updated',
    subject: subjectOf(id),
    permission,
    async change(db, ranks) {
      const { id: tenantId } = context.tenant;
      const before = await getGroup(db, tenantId, id);
      const { given, names } = await rolesIn(context, db, roles);
      const { added, taken } = difference(before.roleIds, [...new Set(roles)]);
      demandCover(ranks, given([...added, ...taken]));
      await saveGroup(db, tenantId, { ...draft, id });
      await replaceRoles(db, tenantId, { id, roleIds: roles });
      const details = { from: before.name, to: draft.name, given: names(added), taken: names(taken) };
      return { accounts: await listGroupAccounts(db, tenantId, id), details };
    },
  });
}

export async function deleteGroup(context: TenantContext, id: string): Promise<void> {
  await changeRights(context, {
    event: 'group.deleted',
    subject: subjectOf(id),
    permission,
    async change(db, ranks) {
      const { id: tenantId } = context.tenant;
      const group = await getGroup(db, tenantId, id);
      const { given, names } = await rolesIn(context, db, group.roleIds);
      demandCover(ranks, given(group.roleIds));
      const accounts = await listGroupAccounts(db, tenantId, id);
      await removeGroup(db, tenantId, id);
      return { accounts, details: { name: group.name, roles: names(group.roleIds), members: group.members } };
    },
  });
}

/** Whoever joins gets the group's roles, so these must be the actor's own to give; and to take. */
export function addToGroup(context: TenantContext, id: string, accountId: string): Promise<void> {
  return moveMember(context, id, { accountId, event: 'group.member-added' });
}

export function takeFromGroup(context: TenantContext, id: string, accountId: string): Promise<void> {
  return moveMember(context, id, { accountId, event: 'group.member-removed' });
}

interface Move {
  readonly accountId: string;
  readonly event: 'group.member-added' | 'group.member-removed';
}

function moveMember(context: TenantContext, id: string, { accountId, event }: Move): Promise<void> {
  return changeRights(context, {
    event,
    subject: subjectOf(id),
    permission,
    about: accountId,
    async change(db, ranks) {
      const { id: tenantId } = context.tenant;
      const group = await getGroup(db, tenantId, id);
      demandSay(ranks, ranks.of(accountId));
      const { given, names } = await rolesIn(context, db, group.roleIds);
      demandCover(ranks, given(group.roleIds));
      const write = event === 'group.member-added' ? insertGroupMember : deleteGroupMember;
      if ((await write(db, tenantId, id, accountId)) === 0) {
        throw new Conflict(
          event === 'group.member-added' ? 'They are in this group already.' : 'They are not in this group.',
        );
      }
      return { accounts: [accountId], details: { account: accountId, group: group.name, roles: names(group.roleIds) } };
    },
  });
}
