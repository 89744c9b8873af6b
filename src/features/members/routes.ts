import type { Response } from 'express';
import { Invalid } from '../../errors.js';
import { type FormErrors, formErrors } from '../../http/form-errors.js';
import { notice, page } from '../../http/page.js';
import { idParam } from '../../http/params.js';
import { limit } from '../../http/rate-limit.js';
import { feature } from '../../http/route.js';
import { account, tenantContext } from '../../http/signed-in.js';
import { fresh } from '../accounts/proof/fresh.js';
import { originOf } from '../accounts/sign-in/admit.js';
import { giveRoles } from '../roles/actions.js';
import { Joining } from '../roles/groups/group.js';
import { ChosenRoles } from '../roles/role.js';
import { changeRole, leaveWorkspace, removeMember } from './actions.js';
import { inviteMember, withdrawInvitation } from './invitations/actions.js';
import { InvitationDraft } from './invitations/invitation.js';
import { heirLocals, listLocals, matrixLocals, memberLocals, removalLocals } from './locals.js';
import { RoleDraft } from './member.js';
import { transferOwnership } from './ownership.js';
import { LastOwner } from './rank.js';

export const members = feature('/w/:workspace/members');

members.get('/', 'members.read', async (_request, response) => {
  await showMembers(response, { values: {}, errors: {} });
});

members.get('/permissions', 'members.read', async (_request, response) => {
  await page(response, 'members/permissions', await matrixLocals(tenantContext(response)));
});

members.post(
  '/invitations',
  'members.create',
  limit({ name: 'invitations', max: 50, seconds: 3600, by: 'account' }),
  async (request, response) => {
    const draft = InvitationDraft.safeParse(request.body);
    if (!draft.success) return showMembers(response.status(422), formErrors(request.body, draft.error));
    try {
      await inviteMember(tenantContext(response), draft.data);
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      return showMembers(response.status(422), formErrors(request.body, error));
    }
    notice(request, `An invitation is on its way to ${draft.data.email}.`);
    response.redirect(303, homeOf(response));
  },
);

members.post('/invitations/:id/withdrawal', 'members.create', async (request, response) => {
  await withdrawInvitation(tenantContext(response), idParam(request, 'id'));
  notice(request, 'The invitation was withdrawn. Its link no longer works.');
  response.redirect(303, homeOf(response));
});

members.get('/departure', 'member', async (_request, response) => {
  await page(response, 'members/departure', { title: 'Leave this workspace' });
});

members.post('/departure', 'member', async (request, response) => {
  const { tenant } = tenantContext(response);
  if (!(await wasPossible(response, leaveWorkspace(tenantContext(response))))) return;
  notice(request, `You have left ${tenant.name}.`);
  response.redirect(303, '/');
});

members.get('/ownership', 'workspace.manage', async (_request, response) => {
  const locals = await heirLocals(tenantContext(response), account(response).id);
  await page(response, 'members/ownership', { ...locals, errors: {} });
});

members.post(
  '/ownership',
  'workspace.manage',
  fresh(async (request, response) => {
    const context = tenantContext(response);
    const chosen = Joining.safeParse(request.body);
    if (!chosen.success || chosen.data.account === account(response).id) {
      const locals = await heirLocals(context, account(response).id);
      return page(response.status(422), 'members/ownership', { ...locals, errors: { account: 'Choose a member.' } });
    }
    await transferOwnership(context, chosen.data.account, originOf(request, response));
    notice(request, 'The workspace was handed over. You are an admin of it now.');
    response.redirect(303, homeOf(response));
  }),
);

members.get('/:id', 'members.read', async (request, response) => {
  const locals = await memberLocals(tenantContext(response), idParam(request, 'id'));
  await page(response, 'members/show', { ...locals, me: account(response).id });
});

members.post(
  '/:id/role',
  'members.update',
  fresh(async (request, response) => {
    const id = idParam(request, 'id');
    const draft = RoleDraft.safeParse(request.body);
    if (!draft.success) return showMembers(response.status(422), { values: {}, errors: { '': 'Choose a role.' } });
    if (!(await wasPossible(response, changeRole(tenantContext(response), id, draft.data.role)))) return;
    notice(request, 'The role was changed. It counts from the next request on.');
    response.redirect(303, homeOf(response));
  }),
);

members.post(
  '/:id/roles',
  'members.update',
  fresh(async (request, response) => {
    const id = idParam(request, 'id');
    const { roles } = ChosenRoles.parse(request.body);
    await giveRoles(tenantContext(response), id, roles);
    notice(request, 'The roles were changed. They count from the next request on.');
    response.redirect(303, `${homeOf(response)}/${id}`);
  }),
);

members.get('/:id/removal', 'members.delete', async (request, response) => {
  const id = idParam(request, 'id');
  if (id === account(response).id) return response.redirect(303, `${homeOf(response)}/departure`);
  const locals = await removalLocals(tenantContext(response), id);
  await page(response, 'members/removal', { title: `Remove ${locals.member.name}`, ...locals });
});

members.post(
  '/:id/removal',
  'members.delete',
  fresh(async (request, response) => {
    const id = idParam(request, 'id');
    if (id === account(response).id) return response.redirect(303, `${homeOf(response)}/departure`);
    if (!(await wasPossible(response, removeMember(tenantContext(response), id)))) return;
    notice(request, 'The member was removed. Their access ended at once.');
    response.redirect(303, homeOf(response));
  }),
);

/** The last owner is told on the list, where somebody else can be made one. */
async function wasPossible(response: Response, act: Promise<void>): Promise<boolean> {
  try {
    await act;
    return true;
  } catch (error) {
    if (!(error instanceof LastOwner)) throw error;
    await showMembers(response.status(error.status), { values: {}, errors: { '': error.message } });
    return false;
  }
}

async function showMembers(response: Response, form: FormErrors): Promise<void> {
  const locals = await listLocals(tenantContext(response), response.req.query);
  await page(response, 'members/index', { ...locals, me: account(response).id, ...form });
}

function homeOf(response: Response): string {
  return `/w/${tenantContext(response).tenant.slug}/members`;
}
