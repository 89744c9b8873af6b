import { z } from 'zod';
import { formErrors } from '../../../http/form-errors.js';
import { hideAddress } from '../../../http/headers.js';
import { notice, page } from '../../../http/page.js';
import { param } from '../../../http/params.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { showThread, Token } from '../routes.js';
import { openThread } from '../thread/actions.js';
import { consent, listThanks, withdraw } from './actions.js';

export const credits = feature('/security');

const Consent = z.object({
  creditName: z
    .string('Enter the name to thank.')
    .trim()
    .normalize('NFC')
    .min(1, 'Enter the name to thank.')
    .max(100, 'Use at most 100 characters.')
    .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'Leave out control characters.'),
  creditLink: z
    .union([z.literal(''), z.url({ protocol: /^https$/, hostname: z.regexes.domain }).max(200)], {
      error: 'Enter an address that begins with https://, or none.',
    })
    .default(''),
});

const often = limit({ name: 'security-report-credit', max: 20, seconds: 3600, by: 'address' });

credits.get('/acknowledgements', 'public', async (_request, response) => {
  await page(response, 'disclosure/acknowledgements', {
    styles: ['disclosure'],
    title: 'Acknowledgements',
    thanks: await listThanks(),
  });
});

credits.post('/reports/:token/acknowledgement', 'public', hideAddress, often, async (request, response) => {
  const thread = await openThread(param(request, 'token', Token));
  const home = request.path.replace(/\/acknowledgement$/, '');
  const typed = Consent.safeParse(request.body ?? {});
  if (!typed.success) {
    return showThread(response.status(422), { thread, action: home, ...formErrors(request.body, typed.error) });
  }
  await consent(thread.report, { name: typed.data.creditName, link: typed.data.creditLink });
  notice(request, 'Thank you. The operator decides when it is published; you can withdraw it at any time.');
  response.redirect(303, home);
});

credits.post('/reports/:token/acknowledgement/withdrawal', 'public', hideAddress, often, async (request, response) => {
  const { report } = await openThread(param(request, 'token', Token));
  await withdraw(report);
  notice(request, 'Withdrawn. Your name is removed and no longer kept.');
  response.redirect(303, request.path.replace(/\/acknowledgement\/withdrawal$/, ''));
});
