import { z } from 'zod';
import {
  type Demand,
  leastIdleMinutes,
  mostGraceDays,
  mostIdleMinutes,
  type SignInPolicy,
  unmet,
} from '../../../tenancy/sign-in-policy.js';

const dayMs = 86_400_000;
const box = z
  .literal('on')
  .optional()
  .transform((value) => value === 'on');

/** A whole number within bounds; anything else is told with the words. */
const whole = (least: number, most: number, message: string) =>
  z.coerce.number({ error: message }).int(message).min(least, message).max(most, message);

export const PolicyDraft = z.object({
  secondFactor: box,
  noPasswords: box,
  noCodes: box,
  rememberBrowsers: box,
  graceDays: whole(0, mostGraceDays, `Give ${mostGraceDays} days at most, or 0 for at once.`).default(0),
  idleMinutes: whole(
    leastIdleMinutes,
    mostIdleMinutes,
    `Choose between ${leastIdleMinutes} and ${mostIdleMinutes} minutes.`,
  ).default(mostIdleMinutes),
});
export type PolicyDraft = z.infer<typeof PolicyDraft>;

/** The policy that follows: a new demand counts when the days of grace are over, one that counts already goes on. */
export function policyAfter(before: SignInPolicy, draft: PolicyDraft, now = new Date()): SignInPolicy {
  const end = new Date(now.getTime() + draft.graceDays * dayMs);
  const from = (wanted: boolean, known: Date | null) => {
    if (!wanted) return null;
    return known !== null && known < end ? known : end;
  };
  return {
    secondFactorFrom: from(draft.secondFactor, before.secondFactorFrom),
    noPasswordsFrom: from(draft.noPasswords, before.noPasswordsFrom),
    noCodesFrom: from(draft.noCodes, before.noCodesFrom),
    rememberBrowsers: draft.rememberBrowsers,
    idleMinutes: draft.idleMinutes,
  };
}

/** What the policy would keep this sign-in out for, once all of it counts. */
export function lockedOutBy(policy: SignInPolicy, methods: readonly string[]): Demand[] {
  const { secondFactorFrom, noPasswordsFrom, noCodesFrom } = policy;
  const instants = [secondFactorFrom, noPasswordsFrom, noCodesFrom].map((from) => from?.getTime() ?? 0);
  return unmet(policy, methods, new Date(Math.max(Date.now(), ...instants)));
}

/** What the form shows of a policy. */
export function draftOf(policy: SignInPolicy, now = new Date()) {
  const { secondFactorFrom, noPasswordsFrom, noCodesFrom, rememberBrowsers, idleMinutes } = policy;
  const latest = [secondFactorFrom, noPasswordsFrom, noCodesFrom].map((from) => (from?.getTime() ?? 0) - now.getTime());
  const on = (yes: boolean) => (yes ? 'on' : undefined);
  return {
    secondFactor: on(secondFactorFrom !== null),
    noPasswords: on(noPasswordsFrom !== null),
    noCodes: on(noCodesFrom !== null),
    rememberBrowsers: on(rememberBrowsers),
    graceDays: String(Math.max(0, Math.ceil(Math.max(...latest) / dayMs))),
    idleMinutes: String(idleMinutes),
  };
}
