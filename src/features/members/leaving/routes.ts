import type { Request, Response } from 'express';
import { Invalid } from '../../../errors.js';
import { formErrors } from '../../../http/form-errors.js';
import { notice, page } from '../../../http/page.js';
import { idParam } from '../../../http/params.js';
import { feature } from '../../../http/route.js';
import { account, tenantContext } from '../../../http/signed-in.js';
import { plural } from '../../../http/wording.js';
import { fresh } from '../../accounts/proof/fresh.js';
import { leaveWorkspace, removeMember } from '../actions.js';
import { homeOf, wasPossible } from '../shown.js';
import { demandGone, handOver } from './actions.js';
import { type Leaving, LeavingDraft } from './leaving.js';
import { departuresLocals, type LeavingForm, leavingLocals } from './locals.js';

/** MB-5. Mounted before the members' other pages, whose ids its words would be taken for. */
export const leavings = feature('/w/:workspace/members');

leavings.get('/departure', 'member', (_request, response) => showLeaving(response, account(response).id));

leavings.post('/departure', 'member', async (request, response) => {
  const { tenant } = tenantContext(response);
  const act = (leaving: Leaving) => leaveWorkspace(tenantContext(response), leaving);
  if (!(await leave(request, response, account(response).id, act))) return;
  notice(request, `You have left ${tenant.name}.`);
  response.redirect(303, '/');
});

leavings.get('/departures', 'members.delete', (_request, response) => showDepartures(response));

leavings.post(
  '/departures/:departed/heir',
  'members.delete',
  fresh(async (request, response) => {
    const from = idParam(request, 'departed');
    await demandGone(tenantContext(response), from);
    const draft = LeavingDraft.safeParse({ ...request.body, spaces: 'hand-over' });
    if (!draft.success) return showDepartures(response.status(422), formErrors(request.body, draft.error));
    try {
      const count = await handOver(tenantContext(response), { from, to: draft.data.heir ?? '' });
      notice(request, `${plural(count, 'private space')} handed over.`);
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      return showDepartures(response.status(422), formErrors(request.body, error));
    }
    response.redirect(303, `${homeOf(response)}/departures`);
  }),
);

leavings.get('/:id/removal', 'members.delete', async (request, response) => {
  const id = idParam(request, 'id');
  if (id === account(response).id) return response.redirect(303, `${homeOf(response)}/departure`);
  await showLeaving(response, id);
});

leavings.post(
  '/:id/removal',
  'members.delete',
  fresh(async (request, response) => {
    const id = idParam(request, 'id');
    if (id === account(response).id) return response.redirect(303, `${homeOf(response)}/departure`);
    const act = (leaving: Leaving) => removeMember(tenantContext(response), id, leaving);
    if (!(await leave(request, response, id, act))) return;
    notice(request, 'The member was removed. Their access ended at once.');
    response.redirect(303, homeOf(response));
  }),
);

/** False when the form was shown again. */
async function leave(
  request: Request,
  response: Response,
  accountId: string,
  act: (leaving: Leaving) => Promise<void>,
): Promise<boolean> {
  const draft = LeavingDraft.safeParse(request.body ?? {});
  if (!draft.success) {
    await showLeaving(response.status(422), accountId, formErrors(request.body, draft.error));
    return false;
  }
  try {
    return await wasPossible(response, act(draft.data));
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    await showLeaving(response.status(422), accountId, formErrors(request.body, error));
    return false;
  }
}

async function showLeaving(response: Response, accountId: string, form?: LeavingForm): Promise<void> {
  await page(response, 'members/leaving', await leavingLocals(tenantContext(response), accountId, form));
}

async function showDepartures(response: Response, form?: LeavingForm): Promise<void> {
  await page(response, 'members/departures', await departuresLocals(tenantContext(response), form));
}
