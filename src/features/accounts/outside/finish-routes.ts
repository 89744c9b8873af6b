import type { Response } from 'express';
import { Invalid } from '../../../errors.js';
import { type FormErrors, formErrors } from '../../../http/form-errors.js';
import { notice, page } from '../../../http/page.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { localsOf } from '../../../http/types.js';
import { originOf } from '../sign-in/admit.js';
import { passFirstStep } from '../sign-in/first-step.js';
import { type Arrival, arrivalIn } from './arrival.js';
import { labelOf } from './provider.js';
import { Founding, isInvited, Joining, signUpWith } from './sign-up.js';

/** What is still missing when somebody new comes by a provider. */
export const finishing = feature('/sign-up/finish');

finishing.get('/', 'public', async (request, response) => {
  const arrival = arrivalIn(request);
  if (localsOf(response).account) return response.redirect(303, '/');
  if (!arrival) return response.redirect(303, '/sign-up');
  const [suggested = ''] = arrival.identity.email.split('@');
  const username = suggested.replace(/[^a-z0-9._-]/g, '').slice(0, 32);
  await showForm(response, arrival, { values: { username }, errors: {} });
});

finishing.post(
  '/',
  'public',
  limit({ name: 'sign-up-finish', max: 60, seconds: 3600, by: 'address' }),
  async (request, response) => {
    const arrival = arrivalIn(request);
    if (!arrival || localsOf(response).account) {
      if (!arrival) notice(request, { kind: 'attention', text: 'This took too long. Sign in again.' });
      return response.redirect(303, '/sign-in');
    }
    const draft = ((await isInvited(arrival)) ? Joining : Founding).safeParse(request.body);
    if (!draft.success) return showForm(response.status(422), arrival, formErrors(request.body, draft.error));
    const { identity, next } = arrival;
    try {
      const account = await signUpWith(identity, draft.data, originOf(request, response));
      if (account) return await passFirstStep(request, response, { account, method: identity.provider, next });
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      return showForm(response.status(422), arrival, formErrors(request.body, error));
    }
    delete request.session.arrival;
    notice(request, { kind: 'attention', text: 'There is an account with this address already. Sign in to it.' });
    response.redirect(303, '/sign-in');
  },
);

async function showForm(response: Response, arrival: Arrival, form: FormErrors): Promise<void> {
  const { provider, email } = arrival.identity;
  await page(response, 'accounts/outside-finish', {
    title: 'Finish signing up',
    ...{ label: labelOf(provider), email, isInvited: await isInvited(arrival) },
    ...form,
  });
}
