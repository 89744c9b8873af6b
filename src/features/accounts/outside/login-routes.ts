import type { Request, Response } from 'express';
import { Conflict } from '../../../errors.js';
import { safeNext } from '../../../http/next.js';
import { notice, page } from '../../../http/page.js';
import { type Feature, feature } from '../../../http/route.js';
import { account } from '../../../http/signed-in.js';
import { fresh } from '../proof/fresh.js';
import { originOf } from '../sign-in/admit.js';
import { unlinkLogin } from './actions.js';
import { outsideDoors } from './doors.js';
import { depart } from './journey.js';
import { labelOf, type Provider, type ProviderName, providerNames } from './provider.js';

/** The logins that open an account, in its owner's profile: those that are set up can be connected, all be removed. */
export function ownLogins(open: readonly Provider[]): Feature {
  const routes = feature('/profile/logins');
  for (const provider of open) addConnecting(routes, provider);
  for (const name of providerNames) {
    routes.post(
      `/${name}/deletion`,
      'account',
      fresh((request, response) => remove(request, response, name)),
    );
  }
  return routes;
}

function addConnecting(routes: Feature, provider: Provider): void {
  const { name, label } = provider;
  routes.get(`/${name}`, 'account', async (request, response) => {
    outsideDoors(response);
    await page(response, 'accounts/outside-connect', {
      title: `Connect ${label}`,
      ...{ name, label, next: safeNext(request.query.next, '') },
    });
  });

  routes.post(
    `/${name}`,
    'account',
    (_request, response, next) => {
      // The page that asks for a proof has the form that leads on.
      outsideDoors(response);
      next();
    },
    fresh(async (request, response) => {
      const next = safeNext(request.body.next, '');
      response.redirect(303, await depart(request, provider, { next, accountId: account(response).id }));
    }),
  );
}

async function remove(request: Request, response: Response, name: ProviderName): Promise<void> {
  try {
    await unlinkLogin(account(response), name, originOf(request, response));
    notice(request, `${labelOf(name)} was removed: it does not open your account any more.`);
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    notice(request, { kind: 'danger', text: error.message });
  }
  response.redirect(303, '/profile/security');
}
