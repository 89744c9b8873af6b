import type { Request, Response } from 'express';
import { z } from 'zod';
import { shared } from '../../../database/shared.js';
import { addressOf } from '../../../http/address.js';
import { type FormErrors, formErrors } from '../../../http/form-errors.js';
import { safeNext } from '../../../http/next.js';
import { notice, page } from '../../../http/page.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { localsOf } from '../../../http/types.js';
import { mailIsCaptured } from '../../../mail/captured-page.js';
import { Email } from '../account.js';
import { outsideDoors } from '../outside/doors.js';
import { shortestPassword } from '../password-rules.js';
import { beginSignUp, resendLink } from './actions.js';
import { findSignup } from './queries.js';
import { linkMinutes, SignUpDraft, type Signup } from './signup.js';

export const signUp = feature('/sign-up');

signUp.get('/', 'public', async (request, response) => {
  if (localsOf(response).account) return response.redirect(303, '/');
  const pending = await pendingIn(request);
  const values = pending ? { ...pending, passwordHash: '' } : {};
  await showForm(response, { values, errors: {} }, safeNext(request.query.next, ''));
});

// Filling in the form is cheap; what costs a hash and a mail is limited by beginSignUp.
signUp.post(
  '/',
  'public',
  limit({ name: 'sign-up-form', max: 60, seconds: 3600, by: 'address' }),
  async (request, response) => {
    const next = safeNext(request.body.next, '');
    const draft = SignUpDraft.safeParse(request.body);
    if (!draft.success) return showForm(response.status(422), formErrors(request.body, draft.error), next);
    const { signupId: previousId } = request.session;
    const address = addressOf(request);
    request.session.signupId = await beginSignUp({ draft: draft.data, address, previousId });
    request.session.afterSignUp = next;
    response.redirect(303, '/sign-up/sent');
  },
);

signUp.get('/sent', 'public', async (request, response) => {
  await showSent(response, { values: {}, errors: {} }, await pendingIn(request));
});

signUp.post(
  '/resend',
  'public',
  limit({ name: 'sign-up-resend', max: 3, seconds: 600, by: (request) => request.session.signupId }),
  async (request, response) => {
    const pending = await pendingIn(request);
    const typed = z.object({ email: Email }).safeParse(request.body);
    if (!pending && !typed.success) {
      return showSent(response.status(422), formErrors(request.body, typed.error), undefined);
    }
    await resendLink({ id: pending?.id, email: typed.data?.email });
    notice(request, 'If a sign-up waits for this address, a new link is on its way. Older links no longer work.');
    response.redirect(303, '/sign-up/sent');
  },
);

/** What this browser has begun, while it waits for its link. */
export async function pendingIn(request: Request): Promise<Signup | undefined> {
  const { signupId } = request.session;
  return signupId ? findSignup(shared(), signupId) : undefined;
}

function showForm(response: Response, form: FormErrors | object, next: string): Promise<void> {
  const outside = outsideDoors(response);
  return page(response, 'accounts/sign-up', { title: 'Create a workspace', next, shortestPassword, outside, ...form });
}

function showSent(response: Response, form: FormErrors, pending: Signup | undefined): Promise<void> {
  // The page of captured mails opens on this machine only.
  const isHere = ['127.0.0.1', '::1'].includes(addressOf(response.req));
  return page(response, 'accounts/sent', {
    title: 'Confirm your address',
    email: pending?.email,
    minutes: linkMinutes,
    captured: isHere && mailIsCaptured(),
    ...form,
  });
}
