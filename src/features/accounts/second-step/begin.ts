import type { Request, Response } from 'express';
import { shared } from '../../../database/shared.js';
import { dropSession } from '../../../http/session.js';
import { signInPolicyOf } from '../../../tenancy/directory.js';
import { newToken } from '../../../vault/tokens.js';
import type { Account } from '../account.js';
import { announce } from '../announce.js';
import { markBrowser } from '../codes/browser.js';
import { originOf } from '../sign-in/admit.js';
import { deviceOf } from '../sign-in/device.js';
import type { FirstFactor, FirstStep } from '../sign-in/first-step.js';
import { hasSecondFactor, insertChallenge, isTrustedBrowser } from './queries.js';

/** What comes after a right first factor: a session, one of a browser that was trusted before, or another step. */
export type After = 'session' | 'remembered' | 'second step';

export async function afterFirstStep(request: Request, account: Account, method: FirstFactor): Promise<After> {
  // It verified its user by itself: two factors in one (AC-7).
  if (method === 'passkey') return 'session';
  const policy = await signInPolicyOf(account.id);
  if (!(await hasSecondFactor(shared(), account.id))) {
    const counts = (from: Date | null) => from !== null && from <= new Date();
    // Where a workspace demands two, the mailbox is the second one of whoever has no other, and did not use it first.
    const mailed = counts(policy.secondFactorFrom) && !counts(policy.noCodesFrom) && method !== 'code';
    return mailed ? 'second step' : 'session';
  }
  const device = policy.rememberBrowsers ? deviceOf(request) : undefined;
  const trusted = device !== undefined && (await isTrustedBrowser(shared(), account.id, device));
  return trusted ? 'remembered' : 'second step';
}

/**
 * Leads to the second step. The session of before ends, so that nobody who planted it here shares what follows; the new
 * one is signed in to nothing and holds the secret that the step is bound to.
 */
export async function beginSecondStep(request: Request, response: Response, step: FirstStep): Promise<void> {
  const { account, method, next } = step;
  const details = { method };
  await announce(account, originOf(request, response), { event: 'account.second-step-asked', details });
  await dropSession(request);
  const { token, hash: tokenHash } = newToken();
  await insertChallenge(shared(), {
    tokenHash,
    browserHash: markBrowser(request),
    accountId: account.id,
    method,
    next,
    sessionEpoch: account.sessionEpoch ?? 0,
  });
  response.redirect(303, `/login/verify/${token}`);
}
