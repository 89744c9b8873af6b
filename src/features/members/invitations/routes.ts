import type { Request, Response } from 'express';
import { z } from 'zod';
import { brokenConstraint } from '../../../database/failure.js';
import { shared } from '../../../database/shared.js';
import { Conflict, Forbidden, Invalid, NotFound } from '../../../errors.js';
import { type FormErrors, formErrors } from '../../../http/form-errors.js';
import { hideAddress } from '../../../http/headers.js';
import { page } from '../../../http/page.js';
import { param } from '../../../http/params.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { account } from '../../../http/signed-in.js';
import { localsOf } from '../../../http/types.js';
import { roleNames } from '../../../tenancy/permissions.js';
import { type Account, Username } from '../../accounts/account.js';
import { outsideDoors } from '../../accounts/outside/doors.js';
import { hashPassword } from '../../accounts/password.js';
import { passwordProblem } from '../../accounts/password-rules.js';
import { pepper } from '../../accounts/pepper.js';
import { findAccountByEmail } from '../../accounts/queries.js';
import { admit, originOf } from '../../accounts/sign-in/admit.js';
import { acceptInvitation, joinedBy, openInvitation } from './acceptance.js';
import type { OpenInvitation } from './invitation.js';

/** Links of invitations. Opening one shows it and uses nothing up: mail scanners open links too. */
export const invitations = feature('/invitations');

const Token = z.string().regex(/^[\w-]{43}$/);
const links = limit({ name: 'invitation-links', max: 60, seconds: 600, by: 'address' });
const NewPerson = z.object({
  username: Username,
  password: z.string('Choose a password.').max(4096, 'This is too long for a password.'),
});
const blank: FormErrors = { values: {}, errors: {} };

invitations.get('/:token', 'public', hideAddress, links, async (request, response) => {
  const token = param(request, 'token', Token);
  const { account: me } = localsOf(response);
  try {
    await showInvitation(response, await openInvitation(token), { token, form: blank });
  } catch (error) {
    await leadIn(response, { error, token, me });
  }
});

invitations.post('/:token/acceptance', 'account', hideAddress, links, async (request, response) => {
  const token = param(request, 'token', Token);
  const me = account(response);
  try {
    const invitation = await openInvitation(token);
    await acceptInvitation(invitation, me, originOf(request, response));
    response.redirect(303, `/w/${invitation.slug}`);
  } catch (error) {
    await leadIn(response, { error, token, me });
  }
});

invitations.post('/:token/account', 'public', hideAddress, links, async (request, response) => {
  const token = param(request, 'token', Token);
  if (localsOf(response).account) throw new Forbidden('You are signed in. Sign out first to make another account.');
  const invitation = await openInvitation(token);
  const draft = NewPerson.safeParse(request.body);
  try {
    if (!draft.success) throw new Invalid('Check what you entered.', { ...formErrors({}, draft.error).errors });
    const made = await join(request, response, invitation, draft.data);
    await admit(request, response, made);
    response.redirect(303, `/w/${invitation.slug}`);
  } catch (error) {
    if (!(error instanceof Invalid || error instanceof Conflict)) throw error;
    const form = formErrors(request.body, error instanceof Invalid ? error : atItsField(error));
    await showInvitation(response.status(422), await openInvitation(token), { token, form });
  }
});

async function join(
  request: Request,
  response: Response,
  invitation: OpenInvitation,
  { username, password }: z.infer<typeof NewPerson>,
): Promise<Account> {
  const { email, workspaceName } = invitation;
  const problem = passwordProblem(password, { email, username, workspaceName });
  if (problem) throw new Invalid(problem, { password: problem });
  const person = { username, passwordHash: await hashPassword(password, pepper()) };
  return acceptInvitation(invitation, person, originOf(request, response));
}

function atItsField(error: Conflict): Invalid {
  const field = brokenConstraint(error) === 'accounts_username_key' ? 'username' : '';
  return new Invalid(error.message, { [field]: error.message });
}

/** Who has joined by this link already is led in; for everybody else the failure stands. */
async function leadIn(
  response: Response,
  { error, token, me }: { error: unknown; token: string; me: { readonly id: string } | undefined },
): Promise<void> {
  const ended = error instanceof NotFound || error instanceof Conflict;
  const slug = ended && me ? await joinedBy(token, me.id) : undefined;
  if (!slug) throw error;
  response.redirect(303, `/w/${slug}`);
}

async function showInvitation(
  response: Response,
  invitation: OpenInvitation,
  { token, form }: { token: string; form: FormErrors },
): Promise<void> {
  const known = await findAccountByEmail(shared(), invitation.email);
  const me = localsOf(response).account;
  const state = !me ? (known ? 'sign-in' : 'new') : me.email === invitation.email ? 'accept' : 'other';
  await page(response, 'members/invitation', {
    title: 'Your invitation',
    layout: 'plain',
    invitation,
    roleNames,
    token,
    state,
    outside: state === 'new' ? outsideDoors(response) : [],
    ...form,
  });
}
