import type { Request, Response } from 'express';
import { z } from 'zod';
import { shared } from '../../../database/shared.js';
import { type FormErrors, formErrors } from '../../../http/form-errors.js';
import { notice } from '../../../http/page.js';
import { param } from '../../../http/params.js';
import { feature } from '../../../http/route.js';
import { fresh, freshPage } from '../../accounts/proof/fresh.js';
import { listEventsOfTenant } from '../events/queries.js';
import { operatorOf } from '../operator.js';
import { show } from '../show.js';
import { changeTrial, resumeTenant, suspendTenant } from './actions.js';
import { inviteOwner, OwnerDraft } from './creation.js';
import { deleteTenant } from './deletion.js';
import { getPlatformTenant } from './queries.js';
import { saidBy } from './routes.js';
import { Reason, stateNames, stateOf, TenantId } from './tenant.js';
import { TrialForm, trialValues } from './trial.js';

export const platformTenant = feature('/platform/tenants/:tenant');

const eventsShown = 20;
const idOf = (request: Request) => param(request, 'tenant', TenantId);
const homeOf = (request: Request) => `/platform/tenants/${idOf(request)}`;

platformTenant.get('/', 'platform', async (request, response) => {
  await showTenant(request, response, { values: {}, errors: {} });
});

type Judge = (operator: ReturnType<typeof operatorOf>, id: string, reason: string) => Promise<void>;

const withReason = (act: Judge, said: string) => async (request: Request, response: Response) => {
  const id = idOf(request);
  const draft = Reason.safeParse(request.body);
  if (!draft.success) return showTenant(request, response.status(422), formErrors(request.body, draft.error));
  try {
    await act(operatorOf(request, response), id, draft.data.reason);
  } catch (error) {
    return showTenant(request, response.status(409), { values: {}, errors: saidBy(error) });
  }
  notice(request, said);
  response.redirect(303, homeOf(request));
};

const suspended = 'The workspace is suspended. Nobody can enter it, and its owners were told why.';
const resumed = 'The workspace is open again.';

platformTenant.post('/suspension', 'platform', fresh(withReason(suspendTenant, suspended)));
platformTenant.post('/resumption', 'platform', withReason(resumeTenant, resumed));

platformTenant.post('/trial', 'platform', async (request, response) => {
  const id = idOf(request);
  const draft = TrialForm.safeParse(request.body);
  if (!draft.success) return showTenant(request, response.status(422), formErrors(request.body, draft.error));
  await changeTrial(operatorOf(request, response), id, draft.data);
  notice(request, 'The trial and the quotas were changed. They count from the next request on.');
  response.redirect(303, homeOf(request));
});

platformTenant.post('/owner-invitation', 'platform', async (request, response) => {
  const id = idOf(request);
  const draft = OwnerDraft.safeParse(request.body);
  if (!draft.success) return showTenant(request, response.status(422), formErrors(request.body, draft.error));
  try {
    await inviteOwner(operatorOf(request, response), id, draft.data.email);
  } catch (error) {
    return showTenant(request, response.status(409), { values: {}, errors: saidBy(error) });
  }
  notice(request, `An invitation is on its way to ${draft.data.email}. Links that were sent before no longer work.`);
  response.redirect(303, homeOf(request));
});

const showDeletion = async (request: Request, response: Response, errors: Readonly<Record<string, string>> = {}) => {
  const tenant = await getPlatformTenant(shared(), idOf(request));
  await show(response, 'tenants/deletion', { title: `Delete ${tenant.name}`, tenant, errors });
};

platformTenant.get(
  '/deletion',
  'platform',
  freshPage((request, response) => showDeletion(request, response)),
);

const Typed = z.object({ typed: z.string().catch('') });

platformTenant.post(
  '/deletion',
  'platform',
  fresh(async (request, response) => {
    try {
      const { typed } = Typed.parse(request.body);
      const receipt = await deleteTenant(operatorOf(request, response), idOf(request), typed);
      response.redirect(303, `/platform/deletions/${receipt}`);
    } catch (error) {
      await showDeletion(request, response.status(422), saidBy(error));
    }
  }),
);

async function showTenant(request: Request, response: Response, form: FormErrors): Promise<void> {
  const id = idOf(request);
  const [tenant, events] = await Promise.all([
    getPlatformTenant(shared(), id),
    listEventsOfTenant(shared(), id, eventsShown),
  ]);
  await show(response, 'tenants/show', {
    title: tenant.name,
    tenant,
    state: stateOf(tenant),
    stateNames,
    events,
    errors: form.errors,
    values: { ...trialValues(tenant), ...form.values },
  });
}
