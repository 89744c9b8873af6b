import type { Request, Response } from 'express';
import { z } from 'zod';
import { shared } from '../../../database/shared.js';
import { formErrors } from '../../../http/form-errors.js';
import { hideAddress } from '../../../http/headers.js';
import { safeNext } from '../../../http/next.js';
import { page } from '../../../http/page.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { hashToken } from '../../../vault/tokens.js';
import { Username } from '../account.js';
import { verifyPassword } from '../password.js';
import { pepper } from '../pepper.js';
import { admit, originOf } from '../sign-in/admit.js';
import { confirmSignUp } from './confirm.js';
import { deleteSignup, findSignupByToken, renameSignup } from './queries.js';
import type { Signup } from './signup.js';

export const confirmation = feature('/verify-email');

type Errors = Readonly<Record<string, string>>;

/** Shows a button and uses nothing up: mail scanners open links too. */
confirmation.get('/:token', 'public', hideAddress, async (request, response) => {
  const signup = await signupIn(request);
  await (signup ? showButton(request, response, signup) : showGone(response));
});

confirmation.post(
  '/:token',
  'public',
  hideAddress,
  limit({ name: 'verify-email', max: 30, seconds: 600, by: 'address' }),
  async (request, response) => {
    const signup = await signupIn(request);
    if (!signup) return showGone(response);
    if (!(await isProven(request, signup))) {
      const problem = 'This is not the password of this sign-up. If you did not sign up, close this page.';
      return showButton(request, response.status(422), signup, { password: problem });
    }
    const typed = z.object({ username: Username.optional() }).safeParse(request.body);
    if (!typed.success) {
      const { values, errors } = formErrors(request.body, typed.error);
      return showButton(request, response.status(422), { ...signup, username: String(values.username ?? '') }, errors);
    }
    const { username = signup.username } = typed.data;
    if (username !== signup.username) await renameSignup(shared(), signup.id, username);
    await confirm(request, response, { ...signup, username });
  },
);

/**
 * Whoever holds the link may read the mailbox, but may not be who signed up: else a stranger could sign up with
 * someone's address, have them confirm it, and own an account in their name. So it must be the browser that signed up,
 * or the password that was chosen there.
 */
async function isProven(request: Request, signup: Signup): Promise<boolean> {
  if (request.session.signupId === signup.id) return true;
  const { password } = z.object({ password: z.string().catch('') }).parse(request.body);
  if (!(await verifyPassword(password, signup.passwordHash, pepper()))) return false;
  request.session.signupId = signup.id;
  return true;
}

async function confirm(request: Request, response: Response, signup: Signup): Promise<void> {
  const outcome = await confirmSignUp(signup, originOf(request, response));
  if (outcome.kind === 'username taken') {
    const username = `The username ${signup.username} is taken. Choose another one; everything else stays.`;
    return showButton(request, response.status(422), signup, { username });
  }
  if (outcome.kind !== 'confirmed') {
    await deleteSignup(shared(), signup.id);
    return showGone(response);
  }
  const next = safeNext(request.session.afterSignUp, `/w/${outcome.slug}`);
  await admit(request, response, outcome.account);
  response.redirect(303, next);
}

async function signupIn(request: Request): Promise<Signup | undefined> {
  const { token } = request.params;
  return typeof token === 'string' ? findSignupByToken(shared(), hashToken(token)) : undefined;
}

function showButton(request: Request, response: Response, signup: Signup, errors: Errors = {}): Promise<void> {
  const { email, username, workspaceName } = signup;
  return page(response, 'accounts/confirm', {
    title: 'Confirm your address',
    ...{ email, username, workspaceName, errors },
    action: request.path,
    askPassword: request.session.signupId !== signup.id,
    askUsername: 'username' in errors,
  });
}

function showGone(response: Response): Promise<void> {
  return page(response.status(404), 'accounts/link', { title: 'This link does not work any more' });
}
