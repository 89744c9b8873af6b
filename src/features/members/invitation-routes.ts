import type { Response } from 'express';
import { z } from 'zod';
import { shared } from '../../database/shared.js';
import { Conflict, Invalid } from '../../errors.js';
import { type FormErrors, formErrors } from '../../http/form-errors.js';
import { page } from '../../http/page.js';
import { param } from '../../http/params.js';
import { limit } from '../../http/rate-limit.js';
import { feature } from '../../http/route.js';
import { account } from '../../http/signed-in.js';
import { localsOf } from '../../http/types.js';
import { Username } from '../accounts/account.js';
import { hashPassword } from '../accounts/password.js';
import { passwordProblem } from '../accounts/password-rules.js';
import { pepper } from '../accounts/pepper.js';
import { findAccountByEmail } from '../accounts/queries.js';
import { admit, originOf } from '../accounts/sign-in/admit.js';
import { acceptInvitation, openInvitation } from './acceptance.js';

/** Links of invitations. Opening one shows it and uses nothing up: mail scanners open links too. */
export const invitations = feature('/invitations');

const Token = z.string().regex(/^[\w-]{43}$/);
const links = limit({ name: 'invitation-links', max: 60, seconds: 600, by: 'address' });
const NewPerson = z.object({ username: Username, password: z.string().default('') });

invitations.get('/:token', 'public', links, async (request, response) => {
  await showInvitation(response, param(request, 'token', Token), { values: {}, errors: {} });
});

invitations.post('/:token/acceptance', 'account', links, async (request, response) => {
  const invitation = await openInvitation(param(request, 'token', Token));
  await acceptInvitation(invitation, account(response), originOf(request, response));
  response.redirect(303, `/w/${invitation.slug}`);
});

invitations.post('/:token/account', 'public', links, async (request, response) => {
  const token = param(request, 'token', Token);
  const invitation = await openInvitation(token);
  const draft = NewPerson.safeParse(request.body);
  if (!draft.success) return showInvitation(response.status(422), token, formErrors(request.body, draft.error));
  const { username, password } = draft.data;
  const names = { email: invitation.email, username, workspaceName: invitation.workspaceName };
  const problem = passwordProblem(password, names);
  try {
    if (problem) throw new Invalid(problem, { password: problem });
    const person = { username, passwordHash: await hashPassword(password, pepper()) };
    const made = await acceptInvitation(invitation, person, originOf(request, response));
    await admit(request, response, made);
    response.redirect(303, `/w/${invitation.slug}`);
  } catch (error) {
    if (!(error instanceof Invalid || error instanceof Conflict)) throw error;
    const errors = error instanceof Invalid ? error.fields : { username: error.message };
    await showInvitation(response.status(422), token, { values: { username }, errors: { ...errors } });
  }
});

async function showInvitation(response: Response, token: string, form: FormErrors): Promise<void> {
  const invitation = await openInvitation(token);
  const known = await findAccountByEmail(shared(), invitation.email);
  const me = localsOf(response).account;
  const state = !me ? (known ? 'sign-in' : 'new') : me.email === invitation.email ? 'accept' : 'other';
  await page(response, 'members/invitation', {
    title: 'Your invitation',
    layout: 'plain',
    invitation,
    token,
    state,
    ...form,
  });
}
