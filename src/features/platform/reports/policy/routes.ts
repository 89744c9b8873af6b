import type { Response } from 'express';
import { shared, sharedTransaction } from '../../../../database/shared.js';
import { type FormErrors, formErrors } from '../../../../http/form-errors.js';
import { notice } from '../../../../http/page.js';
import { feature } from '../../../../http/route.js';
import { changePolicy } from '../../../disclosure/policy/actions.js';
import { Policy } from '../../../disclosure/policy/policy.js';
import { getPolicy } from '../../../disclosure/policy/queries.js';
import { insertPlatformAct } from '../../events/queries.js';
import { operatorOf } from '../../operator.js';
import { show } from '../../show.js';

export const platformReportPolicy = feature('/platform/reports/policy');

platformReportPolicy.get('/', 'platform', async (_request, response) => {
  await showPolicy(response, { values: {}, errors: {} });
});

platformReportPolicy.post('/', 'platform', async (request, response) => {
  const draft = Policy.safeParse({ ...request.body, businessDays: request.body?.businessDays === 'on' });
  if (!draft.success) return showPolicy(response.status(422), formErrors(request.body, draft.error));
  const policy = draft.data;
  await sharedTransaction(async (db) => {
    await changePolicy(db, policy);
    const details = { businessDays: policy.businessDays };
    await insertPlatformAct(db, operatorOf(request, response), { event: 'platform.report-policy-changed', details });
  });
  notice(request, 'Saved. It is on the page of the policy and beside the form.');
  response.redirect(303, '/platform/reports/policy');
});

async function showPolicy(response: Response, { values, errors }: FormErrors): Promise<void> {
  const policy = await getPolicy(shared());
  await show(response, 'reports/policy', {
    styles: ['triage'],
    title: 'Disclosure policy',
    values: { ...policy, ...values },
    errors,
  });
}
