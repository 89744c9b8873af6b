/**
 * What a workspace demands of its members' sign-ins (AC-6, AC-10). A demand counts from its instant on: until then it
 * is announced, and nobody is kept out.
 */
export interface SignInPolicy {
  readonly secondFactorFrom: Date | null;
  readonly noPasswordsFrom: Date | null;
  readonly noCodesFrom: Date | null;
  /** Whether a browser may skip the second factor for a while. */
  readonly rememberBrowsers: boolean;
  readonly idleMinutes: number;
}

export const mostIdleMinutes = 30;
export const leastIdleMinutes = 5;
export const mostGraceDays = 30;

export const openPolicy: SignInPolicy = {
  secondFactorFrom: null,
  noPasswordsFrom: null,
  noCodesFrom: null,
  rememberBrowsers: true,
  idleMinutes: mostIdleMinutes,
};

export type Demand = 'second-factor' | 'no-passwords' | 'no-codes';

/** The name that a sign-in's `methods` give to a browser that was trusted instead of a second factor. */
export const rememberedBrowser = 'remembered';

/** Which demands a sign-in by these methods, in their order, leaves open at an instant. */
export function unmet(policy: SignInPolicy, methods: readonly string[], at: Date = new Date()): Demand[] {
  const counts = (from: Date | null) => from !== null && from <= at;
  const [first = '', ...more] = methods;
  const forbidden = new Set([
    ...(counts(policy.noPasswordsFrom) ? ['password'] : []),
    ...(counts(policy.noCodesFrom) ? ['code'] : []),
    ...(policy.rememberBrowsers ? [] : [rememberedBrowser]),
  ]);
  // The same factor shown twice is one; a passkey that verified its user is two.
  const second = more.some((method) => method !== first && !forbidden.has(method));
  const demands: Demand[] = [];
  if (counts(policy.secondFactorFrom) && !second && first !== 'passkey') demands.push('second-factor');
  if (counts(policy.noPasswordsFrom) && first === 'password') demands.push('no-passwords');
  if (counts(policy.noCodesFrom) && first === 'code') demands.push('no-codes');
  return demands;
}

/** What will keep a sign-in by these methods out, and from when: for the banner of the grace period. */
export function upcoming(policy: SignInPolicy, methods: readonly string[], at: Date = new Date()) {
  const instants: readonly [Demand, Date | null][] = [
    ['second-factor', policy.secondFactorFrom],
    ['no-passwords', policy.noPasswordsFrom],
    ['no-codes', policy.noCodesFrom],
  ];
  return instants.flatMap(([demand, from]) =>
    from !== null && from > at && unmet(policy, methods, from).includes(demand) ? [{ demand, from }] : [],
  );
}

/** The strictest of several workspaces, each demand from its earliest instant. */
export function strictest(policies: readonly SignInPolicy[]): SignInPolicy {
  const earliest = (instants: readonly (Date | null)[]) =>
    instants.reduce((one, other) => (one === null || (other !== null && other < one) ? other : one), null);
  return {
    secondFactorFrom: earliest(policies.map((policy) => policy.secondFactorFrom)),
    noPasswordsFrom: earliest(policies.map((policy) => policy.noPasswordsFrom)),
    noCodesFrom: earliest(policies.map((policy) => policy.noCodesFrom)),
    rememberBrowsers: policies.every((policy) => policy.rememberBrowsers),
    idleMinutes: Math.min(mostIdleMinutes, ...policies.map((policy) => policy.idleMinutes)),
  };
}
