import type { Request, Response } from 'express';
import { z } from 'zod';
import { type FormErrors, formErrors } from '../../../http/form-errors.js';
import { safeNext } from '../../../http/next.js';
import { page } from '../../../http/page.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { signOut } from '../../../http/session.js';
import { account } from '../../../http/signed-in.js';
import { localsOf } from '../../../http/types.js';
import { announce } from '../announce.js';
import { homeOf } from '../home.js';
import { outsideDoors } from '../outside/doors.js';
import { pendingIn } from '../sign-up/routes.js';
import { checkCredentials } from './actions.js';
import { originOf } from './admit.js';
import { deviceOf } from './device.js';
import { passFirstStep } from './first-step.js';
import { Login } from './login.js';

export const signIn = feature('/sign-in');
export const signingOut = feature('/sign-out');

const wrong = 'This username or email and this password do not belong together.';

const Credentials = z.object({
  login: Login,
  password: z
    .string('Enter your password.')
    .min(1, 'Enter your password.')
    .max(4096, 'This is too long for a password.'),
});

signIn.get('/', 'public', async (request, response) => {
  const next = safeNext(request.query.next, '');
  const { account: person } = localsOf(response);
  if (person) return response.redirect(303, next || (await homeOf(person.id, request)));
  await showForm(response, { values: {}, errors: {} }, { next });
});

signIn.post(
  '/',
  'public',
  limit({ name: 'sign-in', max: 200, seconds: 600, by: 'address' }),
  async (request, response) => {
    const next = safeNext(request.body.next, '');
    const typed = Credentials.safeParse(request.body);
    if (!typed.success) return showForm(response.status(422), formErrors(request.body, typed.error), { next });
    const credentials = { ...typed.data, device: deviceOf(request) };
    const found = await checkCredentials(credentials, originOf(request, response));
    if (!found) return refuse(request, response, { login: typed.data.login, next });
    await passFirstStep(request, response, { account: found, method: 'password', next });
  },
);

signingOut.post('/', 'account', async (request, response) => {
  await announce(account(response), originOf(request, response), { event: 'account.signed-out' });
  // A workspace that demands another sign-in leads back to where somebody wanted to go.
  const next = safeNext(request.body.next, '');
  await signOut(request, response);
  response.redirect(303, next ? `/sign-in?next=${encodeURIComponent(next)}` : '/');
});

/**
 * The same answer whether or not the account exists. That an address waits to be confirmed is told to the browser that
 * signed up with it, and by that alone: told to whoever has the password, it would say that the address has no account.
 */
async function refuse(request: Request, response: Response, typed: { login: string; next: string }): Promise<void> {
  const pending = await pendingIn(request);
  const isPending = pending?.email === typed.login || pending?.username === typed.login;
  const unconfirmed = isPending ? pending?.email : undefined;
  const form = { values: { login: typed.login }, errors: { '': wrong } };
  await showForm(response.status(401), form, { next: typed.next, unconfirmed });
}

function showForm(response: Response, form: FormErrors, more: { next: string; unconfirmed?: string }): Promise<void> {
  const outside = outsideDoors(response);
  return page(response, 'accounts/sign-in', { title: 'Sign in', unconfirmed: undefined, outside, ...form, ...more });
}
