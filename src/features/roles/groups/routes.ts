import type { Response } from 'express';
import { shared } from '../../../database/shared.js';
import { type FormErrors, formErrors } from '../../../http/form-errors.js';
import { notice, page } from '../../../http/page.js';
import { idParam } from '../../../http/params.js';
import { feature } from '../../../http/route.js';
import { tenantContext } from '../../../http/signed-in.js';
import { may } from '../../../tenancy/context.js';
import { covers } from '../../../tenancy/permissions.js';
import { fresh } from '../../accounts/proof/fresh.js';
import { listRoles } from '../queries.js';
import { unlessTaken } from '../taken.js';
import { addToGroup, createGroup, deleteGroup, editGroup, takeFromGroup } from './actions.js';
import { GroupDraft, Joining } from './group.js';
import { getGroup, listGroupMembers, listGroups, listOutsiders } from './queries.js';

export const groups = feature('/w/:workspace/groups');

groups.get('/', 'members.read', async (_request, response) => {
  const { id } = tenantContext(response).tenant;
  const [known, roles] = await Promise.all([listGroups(shared(), id), listRoles(shared(), id)]);
  const names = new Map(roles.map((role) => [role.id, role.name]));
  const shown = known.map((group) => ({ ...group, roles: group.roleIds.map((role) => names.get(role) ?? '').sort() }));
  await page(response, 'groups/index', { title: 'Groups', groups: shown });
});

groups.get('/new', 'members.manage', async (_request, response) => {
  await showForm(response, { values: {}, errors: {} });
});

groups.post(
  '/',
  'members.manage',
  fresh(async (request, response) => {
    const draft = GroupDraft.safeParse(request.body);
    if (!draft.success) return showForm(response.status(422), formErrors(request.body, draft.error));
    const taken = await unlessTaken(request.body, createGroup(tenantContext(response), draft.data));
    if (taken) return showForm(response.status(422), taken);
    notice(request, `The group ${draft.data.name} was created. Add members to it.`);
    response.redirect(303, homeOf(response));
  }),
);

groups.get('/:id', 'members.read', async (request, response) => {
  await showGroup(response, idParam(request, 'id'), { values: {}, errors: {} });
});

groups.post(
  '/:id',
  'members.manage',
  fresh(async (request, response) => {
    const id = idParam(request, 'id');
    await getGroup(shared(), tenantContext(response).tenant.id, id);
    const draft = GroupDraft.safeParse(request.body);
    if (!draft.success) return showGroup(response.status(422), id, formErrors(request.body, draft.error));
    const taken = await unlessTaken(request.body, editGroup(tenantContext(response), id, draft.data));
    if (taken) return showGroup(response.status(422), id, taken);
    notice(request, 'The group was changed. It counts from the next request of its members.');
    response.redirect(303, `${homeOf(response)}/${id}`);
  }),
);

groups.post(
  '/:id/members',
  'members.manage',
  fresh(async (request, response) => {
    const id = idParam(request, 'id');
    await getGroup(shared(), tenantContext(response).tenant.id, id);
    const joining = Joining.safeParse(request.body);
    if (!joining.success) return showGroup(response.status(422), id, formErrors(request.body, joining.error));
    await addToGroup(tenantContext(response), id, joining.data.account);
    notice(request, 'The member was added. The group’s roles count from their next request on.');
    response.redirect(303, `${homeOf(response)}/${id}`);
  }),
);

groups.post(
  '/:id/members/:account/removal',
  'members.manage',
  fresh(async (request, response) => {
    const id = idParam(request, 'id');
    await takeFromGroup(tenantContext(response), id, idParam(request, 'account'));
    notice(request, 'The member was taken out. They lose the group’s roles with their next request.');
    response.redirect(303, `${homeOf(response)}/${id}`);
  }),
);

groups.get('/:id/deletion', 'members.manage', async (request, response) => {
  const group = await getGroup(shared(), tenantContext(response).tenant.id, idParam(request, 'id'));
  await page(response, 'groups/deletion', { title: `Delete ${group.name}`, group });
});

groups.post(
  '/:id/deletion',
  'members.manage',
  fresh(async (request, response) => {
    await deleteGroup(tenantContext(response), idParam(request, 'id'));
    notice(request, 'The group was deleted. Its members have lost its roles, and stay in the workspace.');
    response.redirect(303, homeOf(response));
  }),
);

interface Form {
  readonly values: FormErrors['values'];
  readonly errors: FormErrors['errors'];
}

async function showForm(response: Response, form: Form): Promise<void> {
  const roles = await rolesToChoose(response, new Set([form.values.roles ?? []].flat()));
  await page(response, 'groups/form', { title: 'New group', roles, ...form });
}

async function showGroup(response: Response, id: string, { values, errors }: Form): Promise<void> {
  const { tenant, actor } = tenantContext(response);
  const group = await getGroup(shared(), tenant.id, id);
  const [members, outsiders, roles] = await Promise.all([
    listGroupMembers(shared(), tenant.id, id),
    may(actor, 'members.manage') ? listOutsiders(shared(), tenant.id, id) : [],
    rolesToChoose(response, new Set(group.roleIds)),
  ]);
  const { name, description } = group;
  const shown = { title: group.name, group, members, outsiders, roles, editable: may(actor, 'members.manage') };
  await page(response, 'groups/show', { ...shown, values: { name, description, ...values }, errors });
}

async function rolesToChoose(response: Response, chosen: ReadonlySet<string>) {
  const { tenant, actor } = tenantContext(response);
  const own = actor.kind === 'member' ? actor.permissions : new Set<never>();
  const roles = await listRoles(shared(), tenant.id);
  return roles.map(({ id, name, permissions }) => ({
    id,
    name,
    permissions,
    checked: chosen.has(id),
    givable: covers(own, permissions),
  }));
}

function homeOf(response: Response): string {
  return `/w/${tenantContext(response).tenant.slug}/groups`;
}
