import type { Response } from 'express';
import { shared } from '../../../database/shared.js';
import { Conflict } from '../../../errors.js';
import { page } from '../../../http/page.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { account } from '../../../http/signed-in.js';
import { fresh } from '../proof/fresh.js';
import { hasSecondFactor } from '../second-step/queries.js';
import { originOf } from '../sign-in/admit.js';
import { makeRecoveryCodes } from './actions.js';
import { recoveryCodesSection } from './section.js';

const home = '/profile/recovery-codes';
export const recoveryCodes = feature(home);

recoveryCodes.get('/', 'account', async (_request, response) => {
  const section = await recoveryCodesSection(account(response));
  await page(response, 'accounts/recovery-codes/index', { title: 'Recovery codes', ...section });
});

recoveryCodes.post(
  '/',
  'account',
  limit({ name: 'recovery-codes', max: 10, seconds: 3600, by: 'account' }),
  fresh(async (request, response) => {
    const person = account(response);
    if (!(await hasSecondFactor(shared(), person.id))) {
      throw new Conflict('Recovery codes stand in for a second factor. Add an authenticator app or a passkey first.');
    }
    const codes = await makeRecoveryCodes(person, originOf(request, response));
    await showNewCodes(response, codes, 'Codes from before do not work any more.');
  }),
);

/** The one page that ever shows them: it answers the form that made them, so that they lie nowhere in between. */
export function showNewCodes(response: Response, codes: readonly string[], said: string): Promise<void> {
  return page(response, 'accounts/recovery-codes/new', { title: 'Your recovery codes', codes, said });
}
