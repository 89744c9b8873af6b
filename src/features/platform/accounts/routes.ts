import { z } from 'zod';
import { shared } from '../../../database/shared.js';
import { formErrors } from '../../../http/form-errors.js';
import { notice } from '../../../http/page.js';
import { idParam } from '../../../http/params.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { plural } from '../../../http/wording.js';
import { roleNames } from '../../../tenancy/permissions.js';
import { Email } from '../../accounts/account.js';
import { fresh } from '../../accounts/proof/fresh.js';
import { operatorOf } from '../operator.js';
import { show } from '../show.js';
import { endAccountSessions, lookUpAccount, mailRecovery } from './actions.js';
import { getSupportedAccount, listWorkspacesOf } from './queries.js';

export const platformAccounts = feature('/platform/accounts');

const Search = z.object({ email: Email });
const title = 'Accounts';

platformAccounts.get('/', 'platform', async (_request, response) => {
  await show(response, 'accounts/index', { title, values: {}, errors: {} });
});

/** A form and no address: nobody's address ends in a history or a log. */
platformAccounts.post(
  '/',
  'platform',
  limit({ name: 'platform-accounts', max: 60, seconds: 3600, by: 'account' }),
  async (request, response) => {
    const search = Search.safeParse(request.body);
    if (!search.success) {
      return show(response.status(422), 'accounts/index', { title, ...formErrors(request.body, search.error) });
    }
    const found = await lookUpAccount(operatorOf(request, response), search.data.email);
    if (found) return response.redirect(303, `/platform/accounts/${found.id}`);
    const email = 'No account has this address.';
    await show(response.status(422), 'accounts/index', { title, values: { ...search.data }, errors: { email } });
  },
);

platformAccounts.get('/:id', 'platform', async (request, response) => {
  const person = await getSupportedAccount(shared(), idParam(request, 'id'));
  const memberships = await listWorkspacesOf(shared(), person.id);
  await show(response, 'accounts/show', { title: person.email, person, memberships, roleNames });
});

platformAccounts.post(
  '/:id/sessions-end',
  'platform',
  fresh(async (request, response) => {
    const id = idParam(request, 'id');
    const ended = await endAccountSessions(operatorOf(request, response), id);
    notice(request, `${plural(ended, 'session')} ended. The person was told by mail.`);
    response.redirect(303, `/platform/accounts/${id}`);
  }),
);

platformAccounts.post(
  '/:id/recovery',
  'platform',
  fresh(async (request, response) => {
    const id = idParam(request, 'id');
    const reference = await mailRecovery(operatorOf(request, response), id);
    notice(
      request,
      `A link to choose a new password is on its way to the account’s own address. Reference ${reference}.`,
    );
    response.redirect(303, `/platform/accounts/${id}`);
  }),
);
