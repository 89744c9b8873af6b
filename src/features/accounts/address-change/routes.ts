import type { Request } from 'express';
import { Invalid } from '../../../errors.js';
import { formErrors } from '../../../http/form-errors.js';
import { hideAddress } from '../../../http/headers.js';
import { notice, page } from '../../../http/page.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { account } from '../../../http/signed-in.js';
import { showProfile } from '../profile/show.js';
import { fresh } from '../proof/fresh.js';
import { originOf } from '../sign-in/admit.js';
import { askChange, cancelChange, confirmChange, openChange } from './actions.js';
import { AddressDraft } from './address-change.js';

export const addressChange = feature('/profile');

addressChange.post(
  '/email',
  'account',
  limit({ name: 'new-email', max: 10, seconds: 3600, by: 'account' }),
  fresh(async (request, response) => {
    const draft = AddressDraft.safeParse(request.body);
    if (!draft.success) return showProfile(response.status(422), formErrors(request.body, draft.error));
    try {
      await askChange(account(response), originOf(request, response), draft.data.email);
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      return showProfile(response.status(422), formErrors(request.body, error));
    }
    notice(request, 'A mail with a link is on its way to the new address. Open the link to confirm it.');
    response.redirect(303, '/profile');
  }),
);

addressChange.post('/email/cancellation', 'account', async (request, response) => {
  const cancelled = await cancelChange(account(response), originOf(request, response));
  notice(request, cancelled ? 'The change was cancelled. Its link no longer works.' : 'There was nothing to cancel.');
  response.redirect(303, '/profile');
});

/** Shows a button and changes nothing: mail scanners open links too. */
addressChange.get('/new-email/:token', 'account', hideAddress, async (request, response) => {
  const { email } = await openChange(account(response), tokenOf(request));
  const shown = { email, before: account(response).email, action: request.path };
  await page(response, 'profile/new-email', { title: 'Confirm your new address', ...shown });
});

addressChange.post('/new-email/:token', 'account', hideAddress, async (request, response) => {
  await confirmChange(account(response), originOf(request, response), tokenOf(request));
  notice(request, 'Your email address was changed. If another session may not be yours, end it here.');
  response.redirect(303, '/profile/sessions');
});

function tokenOf(request: Request): string {
  const { token } = request.params;
  return typeof token === 'string' ? token : '';
}
