import type { Request, Response } from 'express';
import { z } from 'zod';
import { shared } from '../../../database/shared.js';
import { formErrors } from '../../../http/form-errors.js';
import { notice, page } from '../../../http/page.js';
import { idParam } from '../../../http/params.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { account } from '../../../http/signed-in.js';
import { fresh, freshPage } from '../proof/fresh.js';
import { countRecoveryCodes } from '../recovery-codes/queries.js';
import { originOf } from '../sign-in/admit.js';
import { deviceName } from '../sign-in/device.js';
import { addPasskey, getPasskey, isLastWayIn, lastWayIn, nameAgain, removePasskey } from './actions.js';
import { PasskeyName } from './passkey.js';
import { checkRegistration, registrationOptions } from './registering.js';
import { passkeysSection, shownPasskey } from './section.js';
import { useOptions } from './using.js';

export const passkeys = feature('/profile/passkeys');

const home = '/profile/passkeys';
const asking = limit({ name: 'passkey-challenge', max: 60, seconds: 600, by: 'account' });
const changing = limit({ name: 'passkey-change', max: 60, seconds: 600, by: 'account' });
const Named = z.object({ name: PasskeyName });

passkeys.get('/', 'account', async (_request, response) => {
  await page(response, 'accounts/passkeys/index', { title: 'Passkeys', ...(await passkeysSection(account(response))) });
});

passkeys.get(
  '/new',
  'account',
  freshPage(async (request, response) => {
    const name = deviceName(request.get('user-agent') ?? '');
    await showForm(response, { values: { name }, errors: {} });
  }),
);

passkeys.post('/challenge', 'account', asking, async (request, response) => {
  response.json(await registrationOptions(request, account(response)));
});

passkeys.post('/proof-challenge', 'account', asking, async (request, response) => {
  response.json(await useOptions(request, 'proof', account(response).id));
});

passkeys.post(
  '/',
  'account',
  changing,
  fresh(async (request, response) => {
    const named = Named.safeParse(request.body);
    if (!named.success) return showForm(response.status(422), formErrors(request.body, named.error));
    const judged = await checkRegistration(request, account(response), request.body.credential);
    if (judged.kind === 'refused') {
      return showForm(response.status(422), { values: named.data, errors: { credential: judged.problem } });
    }
    await addPasskey(account(response), originOf(request, response), { ...judged.made, ...named.data });
    const { left } = await countRecoveryCodes(shared(), account(response).id);
    // From now on a password alone opens nothing, so the day on which this one is lost is thought of now.
    const advice = left === 0 ? ' Now make recovery codes, for the day on which it is lost.' : '';
    notice(request, `The passkey was added.${advice}`);
    response.redirect(303, '/profile/security');
  }),
);

passkeys.get('/:id', 'account', async (request, response) => {
  const passkey = await getPasskey(account(response), idParam(request, 'id'));
  await showPasskey(response, shownPasskey(passkey), { values: { name: passkey.name }, errors: {} });
});

passkeys.post('/:id/name', 'account', changing, async (request, response) => {
  const passkey = await getPasskey(account(response), idParam(request, 'id'));
  const named = Named.safeParse(request.body);
  if (!named.success) {
    return showPasskey(response.status(422), shownPasskey(passkey), formErrors(request.body, named.error));
  }
  await nameAgain(account(response), originOf(request, response), passkey.id, named.data.name);
  done(request, response, 'The passkey has its new name.');
});

passkeys.get('/:id/removal', 'account', async (request, response) => {
  const passkey = await getPasskey(account(response), idParam(request, 'id'));
  const refusal = (await isLastWayIn(account(response), passkey)) ? lastWayIn : undefined;
  const title = 'Remove a passkey';
  await page(response, 'accounts/passkeys/removal', { title, passkey: shownPasskey(passkey), refusal });
});

passkeys.post(
  '/:id/removal',
  'account',
  changing,
  fresh(async (request, response) => {
    await removePasskey(account(response), originOf(request, response), idParam(request, 'id'));
    done(request, response, 'The passkey was removed. It does not sign in any more.');
  }),
);

function done(request: Request, response: Response, said: string): void {
  notice(request, said);
  response.redirect(303, home);
}

function showForm(response: Response, form: object): Promise<void> {
  return page(response, 'accounts/passkeys/new', { title: 'Add a passkey', ...form });
}

function showPasskey(response: Response, passkey: object, form: object): Promise<void> {
  return page(response, 'accounts/passkeys/show', { title: 'Passkey', passkey, ...form });
}
