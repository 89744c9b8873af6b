import type { Request, Response } from 'express';
import { z } from 'zod';
import { shared } from '../../../database/shared.js';
import { formErrors } from '../../../http/form-errors.js';
import { safeNext } from '../../../http/next.js';
import { page } from '../../../http/page.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { localsOf } from '../../../http/types.js';
import { homeOf } from '../home.js';
import { findAccount, findAccountByLogin } from '../queries.js';
import { noteRefusal } from '../sign-in/actions.js';
import { originOf } from '../sign-in/admit.js';
import { deviceOf } from '../sign-in/device.js';
import { passFirstStep } from '../sign-in/first-step.js';
import { Login } from '../sign-in/login.js';
import { requestCode, useCode } from './actions.js';
import { browserOf, markBrowser } from './browser.js';
import { codeMinutes, TypedCode } from './code.js';
import { codeGone, wrongCode } from './wording.js';

declare module 'express-session' {
  interface SessionData {
    /** For whom this browser asked for a code to sign in, as typed, and where the person was going. */
    askedCode?: { readonly login: string; readonly next: string };
  }
}

export const codeSignIn = feature('/sign-in/code');

codeSignIn.get('/', 'public', async (request, response) => {
  const next = safeNext(request.query.next, '');
  const { account: person } = localsOf(response);
  if (person) return response.redirect(303, next || (await homeOf(person.id, request)));
  await page(response, 'accounts/code', { title: 'Sign in by mail', next, values: {}, errors: {} });
});

/** The same answer for a name that somebody has and for one that nobody has. */
codeSignIn.post(
  '/',
  'public',
  limit({ name: 'sign-in code', max: 60, seconds: 600, by: 'address' }),
  async (request, response) => {
    const next = safeNext(request.body.next, '');
    const typed = z.object({ login: Login }).safeParse(request.body);
    if (!typed.success) {
      const form = formErrors(request.body, typed.error);
      return page(response.status(422), 'accounts/code', { title: 'Sign in by mail', next, ...form });
    }
    const { login } = typed.data;
    const found = await findAccountByLogin(shared(), login);
    await requestCode({
      ...{ accountId: found?.id ?? null, login, purpose: 'sign-in', browserHash: markBrowser(request) },
      ...{ origin: originOf(request, response), device: deviceOf(request) },
    });
    request.session.askedCode = { login, next };
    response.redirect(303, '/sign-in/code/entry');
  },
);

codeSignIn.get('/entry', 'public', async (request, response) => {
  const { account: person } = localsOf(response);
  if (person) return response.redirect(303, await homeOf(person.id, request));
  if (!request.session.askedCode) return response.redirect(303, '/sign-in/code');
  await showEntry(request, response, {});
});

codeSignIn.post(
  '/entry',
  'public',
  limit({ name: 'sign-in code entry', max: 60, seconds: 600, by: 'address' }),
  async (request, response) => {
    const typed = z.object({ code: TypedCode }).safeParse(request.body);
    if (!typed.success) return showEntry(request, response.status(422), { code: 'Enter the six digits of the mail.' });
    const problem = await enter(request, response, typed.data.code);
    if (problem) await showEntry(request, response.status(401), { code: problem });
  },
);

/** Undefined when the request is answered: the person is in, or at the second step. */
async function enter(request: Request, response: Response, code: string): Promise<string | undefined> {
  const browserHash = browserOf(request);
  const origin = originOf(request, response);
  const from = { address: origin.address, device: deviceOf(request) };
  const outcome = browserHash && (await useCode({ browserHash, purpose: 'sign-in' }, code, from));
  if (outcome?.kind === 'wrong') {
    await noteRefusal(outcome.accountId, origin);
    return wrongCode(outcome.triesLeft);
  }
  const account = outcome?.kind === 'right' ? await findAccount(shared(), outcome.accountId) : undefined;
  if (!account) return codeGone;
  const next = request.session.askedCode?.next ?? '';
  delete request.session.askedCode;
  await passFirstStep(request, response, { account, method: 'code', next });
  return undefined;
}

function showEntry(request: Request, response: Response, errors: Readonly<Record<string, string>>): Promise<void> {
  const { login = '', next = '' } = request.session.askedCode ?? {};
  const title = 'Enter the code';
  return page(response, 'accounts/code-entry', { title, login, next, minutes: codeMinutes, errors });
}
