import { Invalid } from '../../errors.js';
import { formErrors } from '../../http/form-errors.js';
import { notice, page } from '../../http/page.js';
import { idParam } from '../../http/params.js';
import { limit } from '../../http/rate-limit.js';
import { feature } from '../../http/route.js';
import { account, tenantContext } from '../../http/signed-in.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { fresh } from '../accounts/proof/fresh.js';
import { originOf } from '../accounts/sign-in/admit.js';
import { grantsAbout } from '../break-glass/locals.js';
import { mayOpenHere } from '../break-glass/policy.js';
import { giveRoles } from '../roles/actions.js';
import { Joining } from '../roles/groups/group.js';
import { ChosenRoles } from '../roles/role.js';
import { changeRole } from './actions.js';
import { inviteMember, withdrawInvitation } from './invitations/actions.js';
import { InvitationDraft } from './invitations/invitation.js';
import { heirLocals, matrixLocals, memberLocals } from './locals.js';
import { RoleDraft } from './member.js';
import { transferOwnership } from './ownership.js';
import { homeOf, showMembers, wasPossible } from './shown.js';

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
  const [context, id] = [tenantContext(response), idParam(request, 'id')];
  const [locals, looks] = [await memberLocals(context, id), await grantsAbout(context, { ownerId: id })];
  const mayLook = await readTenant(context, 'members.read', (db) => mayOpenHere(db, context));
  await page(response, 'members/show', { ...locals, looks, mayLook, me: account(response).id });
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
