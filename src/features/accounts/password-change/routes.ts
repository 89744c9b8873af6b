import type { RequestHandler, Response } from 'express';
import { z } from 'zod';
import { shared } from '../../../database/shared.js';
import { Invalid } from '../../../errors.js';
import { notice } from '../../../http/page.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { rotateSession } from '../../../http/session.js';
import { account } from '../../../http/signed-in.js';
import { plural } from '../../../http/wording.js';
import { profilePage } from '../profile/show.js';
import { fresh, freshPage } from '../proof/fresh.js';
import { findPasswordHash } from '../queries.js';
import { shortestFor } from '../second-step/shortest.js';
import { originOf } from '../sign-in/admit.js';
import { changePassword } from './actions.js';

export const passwordChange = feature('/profile/password');

const Typed = z.object({ current: z.string().max(4096).catch(''), password: z.string().max(4096).catch('') });

/** Whoever has a password shows it in the form; whoever has none shows another proof first (V7.5.1). */
const provenOr =
  (form: RequestHandler, otherwise: RequestHandler): RequestHandler =>
  async (request, response, next) => {
    const known = await findPasswordHash(shared(), account(response).id);
    return (known === undefined ? otherwise : form)(request, response, next);
  };

passwordChange.get(
  '/',
  'account',
  provenOr(
    (_request, response) => showForm(response, { has: true }),
    freshPage((_request, response) => showForm(response, { has: false })),
  ),
);

passwordChange.post(
  '/',
  'account',
  limit({ name: 'password-change', max: 20, seconds: 3600, by: 'account' }),
  provenOr(changeFor({ has: true }), fresh(changeFor({ has: false }))),
);

function changeFor({ has }: { has: boolean }): RequestHandler {
  return async (request, response) => {
    const { current, password } = Typed.parse(request.body);
    try {
      const change = { current: has ? current : undefined, password, keep: request };
      const ended = await changePassword(account(response), originOf(request, response), change);
      await rotateSession(request);
      notice(request, `The password was ${has ? 'changed' : 'set'}. ${endedOf(ended)}`);
      response.redirect(303, '/profile/security');
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      await showForm(response.status(422), { has, errors: error.fields });
    }
  };
}

const endedOf = (ended: number) =>
  ended === 0 ? 'There was no other session.' : `${plural(ended, 'other session')} ended.`;

async function showForm(response: Response, form: { has: boolean; errors?: Readonly<Record<string, string>> }) {
  const { has, errors = {} } = form;
  const { id, username } = account(response);
  const title = has ? 'Change the password' : 'Choose a password';
  return profilePage(response, 'password', {
    place: '/profile/security',
    title,
    has,
    errors,
    username,
    shortestPassword: await shortestFor(id),
  });
}
