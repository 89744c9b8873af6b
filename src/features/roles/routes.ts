import type { Response } from 'express';
import { shared } from '../../database/shared.js';
import { type FormErrors, formErrors } from '../../http/form-errors.js';
import { notice, page } from '../../http/page.js';
import { idParam } from '../../http/params.js';
import { feature } from '../../http/route.js';
import { tenantContext } from '../../http/signed-in.js';
import { may, type TenantContext } from '../../tenancy/context.js';
import { roles as builtIn, grantable, permissionsOf, resources, roleNames } from '../../tenancy/permissions.js';
import { fresh } from '../accounts/proof/fresh.js';
import { createRole, deleteRole, editRole } from './actions.js';
import { getRole, listRoles } from './queries.js';
import { CustomRoleDraft } from './role.js';
import { unlessTaken } from './taken.js';

export const roles = feature('/w/:workspace/roles');

roles.get('/', 'members.read', async (_request, response) => {
  const known = await listRoles(shared(), tenantContext(response).tenant.id);
  const everywhere = builtIn.map((role) => ({ name: roleNames[role], permissions: permissionsOf(role).size }));
  await page(response, 'roles/index', { title: 'Roles', roles: known, everywhere });
});

roles.get('/new', 'members.manage', async (_request, response) => {
  await showForm(response, { values: {}, errors: {} });
});

roles.post(
  '/',
  'members.manage',
  fresh(async (request, response) => {
    const draft = CustomRoleDraft.safeParse(request.body);
    if (!draft.success) return showForm(response.status(422), formErrors(request.body, draft.error));
    const taken = await unlessTaken(request.body, createRole(tenantContext(response), draft.data));
    if (taken) return showForm(response.status(422), taken);
    notice(request, `The role ${draft.data.name} was created. Give it to members or groups.`);
    response.redirect(303, homeOf(response));
  }),
);

roles.get('/:id', 'members.read', async (request, response) => {
  const role = await getRole(shared(), tenantContext(response).tenant.id, idParam(request, 'id'));
  await showForm(response, { values: { ...role }, errors: {} }, role.id);
});

roles.post(
  '/:id',
  'members.manage',
  fresh(async (request, response) => {
    const id = idParam(request, 'id');
    const { id: known } = await getRole(shared(), tenantContext(response).tenant.id, id);
    const draft = CustomRoleDraft.safeParse(request.body);
    if (!draft.success) return showForm(response.status(422), formErrors(request.body, draft.error), known);
    const taken = await unlessTaken(request.body, editRole(tenantContext(response), id, draft.data));
    if (taken) return showForm(response.status(422), taken, known);
    notice(request, 'The role was changed. It counts from the next request of whoever holds it.');
    response.redirect(303, homeOf(response));
  }),
);

roles.get('/:id/deletion', 'members.manage', async (request, response) => {
  const role = await getRole(shared(), tenantContext(response).tenant.id, idParam(request, 'id'));
  await page(response, 'roles/deletion', { title: `Delete ${role.name}`, role });
});

roles.post(
  '/:id/deletion',
  'members.manage',
  fresh(async (request, response) => {
    await deleteRole(tenantContext(response), idParam(request, 'id'));
    notice(request, 'The role was deleted. Whoever held it has lost its permissions.');
    response.redirect(303, homeOf(response));
  }),
);

type Values = Readonly<Record<string, unknown>>;

function showForm(response: Response, form: { values: Values; errors: FormErrors['errors'] }, id?: string) {
  const context = tenantContext(response);
  const chosen = new Set([form.values.permissions ?? []].flat());
  return page(response, 'roles/form', {
    title: id ? 'Role' : 'New role',
    styles: ['settings'],
    role: id,
    groups: groupsOf(context, chosen),
    editable:
      may(context.actor, 'members.manage') && grantable.every((each) => !chosen.has(each) || may(context.actor, each)),
    ...form,
  });
}

/** The permissions by resource, each with whether this person could give it. */
function groupsOf({ actor }: TenantContext, chosen: ReadonlySet<unknown>) {
  return Object.entries(resources).map(([resource, actions]) => ({
    resource,
    options: actions
      .map((action) => `${resource}.${action}`)
      .flatMap((name) => grantable.filter((permission) => permission === name))
      .map((permission) => ({ permission, checked: chosen.has(permission), givable: may(actor, permission) })),
  }));
}

function homeOf(response: Response): string {
  return `/w/${tenantContext(response).tenant.slug}/roles`;
}
