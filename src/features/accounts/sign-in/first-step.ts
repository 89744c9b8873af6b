import type { Request, Response } from 'express';
import { safeNext } from '../../../http/next.js';
import { rememberedBrowser } from '../../../tenancy/sign-in-policy.js';
import type { Account } from '../account.js';
import { homeOf } from '../home.js';
import { afterFirstStep, beginSecondStep } from '../second-step/begin.js';
import { admit } from './admit.js';

/** What was shown at the door: a passkey counts for both steps, and is accepted here only when it verified its user. */
export const firstFactors = ['password', 'code', 'google', 'github', 'passkey'] as const;
export type FirstFactor = (typeof firstFactors)[number];

export interface FirstStep {
  readonly account: Account;
  readonly method: FirstFactor;
  /** Where the person wanted to go, as it came from the address; checked here. */
  readonly next: string;
}

/**
 * Every way in ends here, after its own proof: either the person gets a session and is sent on, or to the second step.
 * Answers the request.
 */
export async function passFirstStep(request: Request, response: Response, step: FirstStep): Promise<void> {
  const { account, method } = step;
  const next = safeNext(step.next, '');
  const after = await afterFirstStep(request, account, method);
  if (after === 'second step') return beginSecondStep(request, response, { account, method, next });
  await admit(request, response, account, after === 'remembered' ? [method, rememberedBrowser] : [method]);
  response.redirect(303, next || (await homeOf(account.id, request)));
}
