import type { Request, Response } from 'express';
import { z } from 'zod';
import { Invalid } from '../../../errors.js';
import { addressOf } from '../../../http/address.js';
import { type FormErrors, formErrors } from '../../../http/form-errors.js';
import { hideAddress } from '../../../http/headers.js';
import { page } from '../../../http/page.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { dropSession } from '../../../http/session.js';
import { mailIsCaptured } from '../../../mail/captured-page.js';
import { shortestPassword } from '../password-rules.js';
import { originOf } from '../sign-in/admit.js';
import { deviceOf } from '../sign-in/device.js';
import { passFirstStep } from '../sign-in/first-step.js';
import { askRecovery, openLink, recover } from './actions.js';
import { Asked, linkMinutes, mailsPerAccount } from './recovery.js';

export const recovery = feature('/recover');

recovery.get('/', 'public', async (_request, response) => {
  await showForm(response, { values: {}, errors: {} });
});

recovery.post('/', 'public', async (request, response) => {
  const asked = Asked.safeParse(request.body);
  if (!asked.success) return showForm(response.status(422), formErrors(request.body, asked.error));
  const asking = { login: asked.data.login, device: deviceOf(request) };
  request.session.recoveryReference = await askRecovery(asking, originOf(request, response));
  response.redirect(303, '/recover/sent');
});

recovery.get('/sent', 'public', async (request, response) => {
  const { recoveryReference: reference } = request.session;
  if (!reference) return response.redirect(303, '/recover');
  // The page of captured mails opens on this machine only.
  const captured = ['127.0.0.1', '::1'].includes(addressOf(request)) && mailIsCaptured();
  const facts = { reference, captured, minutes: linkMinutes, most: mailsPerAccount.most };
  await page(response, 'accounts/recover-sent', { title: 'Look into your mail', ...facts });
});

/** Shows a form and uses nothing up: mail scanners open links too. */
recovery.get('/:token', 'public', hideAddress, async (request, response) => {
  const opened = await openLink(tokenOf(request));
  await (opened ? showPasswordForm(response, opened.account.username, {}) : showGone(response));
});

const Typed = z.object({ password: z.string().max(4096).catch('') });

recovery.post(
  '/:token',
  'public',
  hideAddress,
  // By the link: those of others cannot be used up, and one that works costs a slow hash each time.
  limit({ name: 'recover-link', max: 60, seconds: 600, by: tokenOf }),
  async (request, response) => {
    const { password } = Typed.parse(request.body);
    try {
      const account = await recover(tokenOf(request), password, originOf(request, response));
      if (!account) return showGone(response);
      // What this browser was signed in as has ended, or is somebody else.
      await dropSession(request);
      await passFirstStep(request, response, { account, method: 'password', next: '/profile/security?recovered=yes' });
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      const opened = await openLink(tokenOf(request));
      await showPasswordForm(response.status(422), opened?.account.username ?? '', error.fields);
    }
  },
);

function tokenOf(request: Request): string {
  const { token } = request.params;
  return typeof token === 'string' ? token : '';
}

function showForm(response: Response, form: FormErrors): Promise<void> {
  return page(response, 'accounts/recover', { title: 'Get back into your account', ...form });
}

function showPasswordForm(response: Response, username: string, errors: Readonly<Record<string, string>>) {
  const action = response.req.path;
  return page(response, 'accounts/recover-password', {
    title: 'Choose a new password',
    ...{ username, errors, action, shortestPassword },
  });
}

function showGone(response: Response): Promise<void> {
  return page(response.status(404), 'accounts/recover-gone', { title: 'This link does not work any more' });
}
