import { safeNext } from '../../../http/next.js';
import { notice } from '../../../http/page.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { noteRefusal } from '../sign-in/actions.js';
import { originOf } from '../sign-in/admit.js';
import { passFirstStep } from '../sign-in/first-step.js';
import { checkUse, useOptions } from './using.js';

export const passkeySignIn = feature('/sign-in/passkey');

/** An open sign-in page asks every four minutes, for all the people behind one address. */
passkeySignIn.post(
  '/challenge',
  'public',
  limit({ name: 'passkey-sign-in-challenge', max: 600, seconds: 600, by: 'address' }),
  async (request, response) => {
    response.json(await useOptions(request, 'sign-in', null));
  },
);

passkeySignIn.post(
  '/',
  'public',
  limit({ name: 'passkey-sign-in', max: 200, seconds: 600, by: 'address' }),
  async (request, response) => {
    const next = safeNext(request.body.next, '');
    const origin = originOf(request, response);
    const judged = await checkUse(request, { use: 'sign-in', accountId: null, text: request.body.credential, origin });
    if (judged.kind === 'accepted') {
      return passFirstStep(request, response, { account: judged.account, method: 'passkey', next });
    }
    await noteRefusal(judged.accountId, origin);
    notice(request, { kind: 'danger', text: judged.problem });
    // To the form and not the form itself: what was signed is used up, and sending it again would only fail again.
    response.redirect(303, next ? `/sign-in?next=${encodeURIComponent(next)}` : '/sign-in');
  },
);
