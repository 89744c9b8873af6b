import type { Request, Response } from 'express';
import { z } from 'zod';
import { shared } from '../../../database/shared.js';
import { NotFound } from '../../../errors.js';
import { hideAddress } from '../../../http/headers.js';
import { safeNext } from '../../../http/next.js';
import { page } from '../../../http/page.js';
import { param } from '../../../http/params.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { localsOf } from '../../../http/types.js';
import { signInPolicyOf } from '../../../tenancy/directory.js';
import { hashToken } from '../../../vault/tokens.js';
import type { Account } from '../account.js';
import { browserOf } from '../codes/browser.js';
import { homeOf } from '../home.js';
import { useOptions } from '../passkeys/using.js';
import { orTooOften } from '../proof/prove.js';
import type { Proving, Way } from '../proof/way.js';
import { waysOf } from '../proof/ways.js';
import { findAccount } from '../queries.js';
import { originOf } from '../sign-in/admit.js';
import { judgeStep, passStep } from './actions.js';
import { type Challenge, type ChallengePlace, findChallenge, trustedDays } from './queries.js';

export const secondStep = feature('/login/verify');

const Token = z.string().regex(/^[\w-]{43}$/);
const limited = limit({ name: 'second-step', max: 120, seconds: 600, by: 'address' });

interface Step {
  readonly account: Account;
  readonly challenge: Challenge;
  readonly place: ChallengePlace;
  readonly proving: Proving;
  readonly ways: readonly Way[];
}

secondStep.get('/:challenge', 'public', hideAddress, async (request, response) => {
  const step = await stepIn(request, response);
  const { account: person } = localsOf(response);
  if (!step && person) return response.redirect(303, await homeOf(person.id, request));
  await (step ? showStep(step, { way: step.ways[0], begun: false, errors: {} }) : showEnded(response));
});

secondStep.post('/:challenge', 'public', hideAddress, limited, async (request, response) => {
  const step = await stepIn(request, response);
  if (!step) return showEnded(response);
  const named = (name: unknown) => step.ways.find((way) => way.name === name);
  const shown = named(request.body.proof);
  if (shown) return finish(step, shown);
  const way = named(request.body.proof_way);
  const refused = way && (await orTooOften(async () => way.begin?.(step.proving)));
  if (refused?.kind === 'too often') response.status(429).setHeader('Retry-After', String(refused.retryAfter));
  await showStep(step, {
    way: way ?? step.ways[0],
    begun: way !== undefined && !refused,
    errors: refused?.errors ?? {},
  });
});

/** What a script asks the authenticator for; the answer comes with the form. */
secondStep.post('/:challenge/passkey', 'public', hideAddress, limited, async (request, response) => {
  const step = await stepIn(request, response);
  if (!step) throw new NotFound('This sign-in has ended. Start again.');
  response.json(await useOptions(request, 'second-step', step.account.id));
});

async function finish(step: Step, way: Way): Promise<void> {
  const { account, challenge, proving, place } = step;
  const { request, response } = proving;
  const outcome = await judgeStep(way, proving, place);
  if (outcome.kind === 'ended') return showEnded(response);
  if (outcome.kind === 'right') {
    const remember = request.body.remember === 'on';
    if (!(await passStep(request, response, { account, challenge, place, way, remember }))) return showEnded(response);
    return response.redirect(303, safeNext(challenge.next, await homeOf(account.id, request)));
  }
  if (outcome.kind === 'too often') response.status(429).setHeader('Retry-After', String(outcome.retryAfter));
  else response.status(401);
  await showStep(step, { way, begun: true, errors: outcome.errors });
}

/** Undefined for a challenge that has ended, and for one of another browser. */
async function stepIn(request: Request, response: Response): Promise<Step | undefined> {
  const tokenHash = hashToken(param(request, 'challenge', Token));
  const browserHash = browserOf(request);
  const place = browserHash && { tokenHash, browserHash };
  const challenge = place && (await findChallenge(shared(), place));
  const account = challenge && (await findAccount(shared(), challenge.accountId));
  if (!account) return undefined;
  const origin = originOf(request, response);
  const ways = (await waysOf(account, 'second-step')).filter((way) => way.name !== challenge.method);
  return { account, challenge, place, proving: { account, purpose: 'second-step', request, response, origin }, ways };
}

interface Shown {
  readonly way: Way | undefined;
  readonly begun: boolean;
  readonly errors: Readonly<Record<string, string>>;
}

async function showStep({ account, proving, ways }: Step, { way, begun, errors }: Shown): Promise<void> {
  const { rememberBrowsers } = await signInPolicyOf(account.id);
  await page(proving.response, 'accounts/second-step', {
    ...{ title: 'One more step', layout: 'plain', action: proving.request.path, begun, errors, email: account.email },
    ...(await way?.locals?.(proving)),
    way: way?.name,
    others: ways.filter((other) => other !== way).map(({ name, label }) => ({ name, label })),
    rememberDays: rememberBrowsers && (way?.name === 'authenticator' || way?.name === 'passkey') ? trustedDays : 0,
  });
}

function showEnded(response: Response): Promise<void> {
  return page(response.status(404), 'accounts/second-step-ended', { title: 'This sign-in has ended' });
}
