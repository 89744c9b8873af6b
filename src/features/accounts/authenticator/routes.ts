import type { Request, Response } from 'express';
import { z } from 'zod';
import { shared } from '../../../database/shared.js';
import { notice, page } from '../../../http/page.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { account } from '../../../http/signed-in.js';
import { TypedCode } from '../codes/code.js';
import { fresh, freshPage, noteProof } from '../proof/fresh.js';
import { makeRecoveryCodes } from '../recovery-codes/actions.js';
import { countRecoveryCodes } from '../recovery-codes/queries.js';
import { showNewCodes } from '../recovery-codes/routes.js';
import { originOf } from '../sign-in/admit.js';
import { beginAuthenticator, begunSecret, confirmCode, removeAuthenticator } from './actions.js';
import { addressOf, drawQr, inGroups } from './authenticator.js';
import { authenticatorSection } from './section.js';

const home = '/profile/authenticator';
export const authenticator = feature(home);

authenticator.get('/', 'account', async (_request, response) => {
  const section = await authenticatorSection(account(response));
  await page(response, 'accounts/authenticator/index', { title: 'Authenticator app', ...section });
});

authenticator.post(
  '/',
  'account',
  fresh(async (request, response) => {
    await beginAuthenticator(account(response), originOf(request, response));
    response.redirect(303, `${home}/confirmation`);
  }),
);

/** Shows the secret, so it is as protected as making it. */
authenticator.get(
  '/confirmation',
  'account',
  freshPage((_request, response) => showConfirmation(response, {})),
);

authenticator.post(
  '/confirmation',
  'account',
  limit({ name: 'authenticator-confirmation', max: 30, seconds: 600, by: 'account' }),
  fresh(async (request, response) => {
    const typed = z.object({ code: TypedCode }).safeParse(request.body);
    const origin = originOf(request, response);
    const right = typed.success && (await confirmCode(account(response), origin, typed.data.code));
    if (right) return welcome(request, response);
    const problem = typed.success
      ? 'This is not the code of the app at this moment.'
      : 'Enter the six digits that the app shows.';
    await showConfirmation(response.status(422), { code: problem });
  }),
);

authenticator.get('/removal', 'account', async (_request, response) => {
  await page(response, 'accounts/authenticator/removal', { title: 'Remove the authenticator app' });
});

authenticator.post(
  '/removal',
  'account',
  fresh(async (request, response) => {
    await removeAuthenticator(account(response), originOf(request, response));
    notice(request, 'The authenticator app was removed. You can delete its entry in the app.');
    response.redirect(303, home);
  }),
);

/** The app is the second factor of this session, too; whoever has no recovery codes gets them now. */
async function welcome(request: Request, response: Response): Promise<void> {
  await noteProof(request, 'authenticator');
  const said = 'The authenticator app is set up. From now on its code is asked for when you sign in.';
  const { left } = await countRecoveryCodes(shared(), account(response).id);
  if (left === 0) {
    const codes = await makeRecoveryCodes(account(response), originOf(request, response));
    return showNewCodes(response, codes, said);
  }
  notice(request, said);
  response.redirect(303, home);
}

async function showConfirmation(response: Response, errors: Readonly<Record<string, string>>): Promise<void> {
  const { id, username } = account(response);
  const secret = await begunSecret(id);
  if (!secret) return response.redirect(303, home);
  await page(response, 'accounts/authenticator/confirmation', {
    ...{ title: 'Set up your authenticator app', secret: inGroups(secret), errors },
    qr: drawQr(addressOf(secret, username)),
  });
}
