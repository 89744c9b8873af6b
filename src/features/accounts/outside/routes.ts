import type { Request, Response } from 'express';
import { shared } from '../../../database/shared.js';
import { Conflict } from '../../../errors.js';
import { safeNext } from '../../../http/next.js';
import { notice, page } from '../../../http/page.js';
import { limit } from '../../../http/rate-limit.js';
import { type Feature, feature } from '../../../http/route.js';
import { saveBeforeRedirect } from '../../../http/session.js';
import { localsOf } from '../../../http/types.js';
import { announce } from '../announce.js';
import { homeOf } from '../home.js';
import { findAccount } from '../queries.js';
import { originOf } from '../sign-in/admit.js';
import { passFirstStep } from '../sign-in/first-step.js';
import { linkLogin, recognise } from './actions.js';
import { keepArrival } from './arrival.js';
import { type Identity, Refused } from './identity.js';
import { depart, endJourney, identify, type Journey } from './journey.js';
import type { Provider } from './provider.js';
import { orRefuse } from './refusal.js';

/** The way out to a provider and the way back in. */
export function journeysTo(provider: Provider): Feature {
  const routes = feature(`/sign-in/${provider.name}`);
  const departures = limit({ name: 'login-departure', max: 100, seconds: 600, by: 'address' });
  const answers = limit({ name: 'login-answer', max: 100, seconds: 600, by: 'address' });

  routes.post('/', 'public', departures, async (request, response) => {
    const next = safeNext(request.body.next, '');
    const { account } = localsOf(response);
    if (account) return response.redirect(303, next || (await homeOf(account.id, request)));
    response.redirect(303, await depart(request, provider, { next }));
  });

  // GET, for the provider sends the browser here. It acts once, by a state that a form of ours has put in the session.
  routes.get('/callback', 'public', answers, async (request, response) => {
    const isAnswer = ['state', 'code', 'error'].some((name) => name in request.query);
    if (!isAnswer || request.method !== 'GET') return response.redirect(303, '/sign-in');
    saveBeforeRedirect(request, response);
    await orRefuse(request, response, { provider, work: () => takeAnswer(request, response, provider) });
  });
  return routes;
}

async function takeAnswer(request: Request, response: Response, provider: Provider): Promise<void> {
  const { journey, answer } = await endJourney(request, provider);
  const isTheirs = journey.accountId === localsOf(response).account?.id;
  if (!isTheirs) throw new Refused('state');
  const identity = await identify(provider, journey, answer);
  const arrive = journey.accountId === undefined ? enter : connect;
  await arrive(request, response, { identity, journey, provider });
}

interface Arriving {
  readonly identity: Identity;
  readonly journey: Journey;
  readonly provider: Provider;
}

async function enter(request: Request, response: Response, { identity, journey, provider }: Arriving): Promise<void> {
  const { next } = journey;
  const recognised = await recognise(identity, originOf(request, response));
  if (recognised.kind === 'known') {
    return passFirstStep(request, response, { account: recognised.account, method: identity.provider, next });
  }
  if (recognised.kind === 'unlinked') {
    const connecting = `/profile/logins/${provider.name}${next && `?next=${encodeURIComponent(next)}`}`;
    return page(response.status(403), 'accounts/outside-unlinked', {
      title: 'Sign in as you did before',
      ...{ label: provider.label, email: identity.email, connecting },
    });
  }
  await keepArrival(request, identity, next);
  response.redirect(303, '/sign-up/finish');
}

async function connect(request: Request, response: Response, { identity, journey, provider }: Arriving): Promise<void> {
  const origin = originOf(request, response);
  // Its name and address may have changed while the person was away.
  const account = await findAccount(shared(), journey.accountId ?? '');
  if (!account) throw new Refused('state');
  try {
    await linkLogin(account, identity, origin);
    notice(request, `${provider.label} is connected: it opens your account from now on.`);
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    const details = { provider: provider.name, reason: 'taken' };
    await announce(account, origin, { event: 'account.login-linked', outcome: 'refused', details });
    notice(request, { kind: 'danger', text: error.message });
  }
  response.redirect(303, journey.next || '/profile/security');
}
