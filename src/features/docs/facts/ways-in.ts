import type { WayName } from '../../accounts/proof/way.js';
import { ways } from '../../accounts/proof/ways.js';
import { type FirstFactor, firstFactors } from '../../accounts/sign-in/first-step.js';

interface WayIn {
  readonly label: string;
  /** The route that takes it. */
  readonly route: string;
  readonly factors: string;
  readonly holds: string;
}

const provider = (label: string, name: string): WayIn => ({
  label,
  route: `POST /sign-in/${name}`,
  factors: `One, as strong as ${label}’s own sign-in`,
  holds:
    'Authorization code with PKCE (S256); state, verifier and answer bound to the browser; only an address that the provider has verified; opens an account only after its owner has connected the login. What the provider demanded of the person counts only where the operator asks for it (see below); a second factor of the account is asked for all the same.',
});

/** Each first factor with its strength. One that is added and not described here does not compile. */
const first: Readonly<Record<FirstFactor, WayIn>> = {
  password: {
    label: 'Password',
    route: 'POST /sign-in',
    factors: 'One: something you know',
    holds: 'Never stored, only its bcrypt hash over a keyed digest; guessing is slowed down as below.',
  },
  code: {
    label: 'Emailed code',
    route: 'POST /sign-in/code/entry',
    factors: 'One: the mailbox',
    holds:
      'Six random digits, for the browser that asked, once. Mail is no proof of a person (ASVS 6.6): a workspace may forbid it, and it never counts as a second factor of an account that has one of its own.',
  },
  google: provider('Google', 'google'),
  github: provider('GitHub', 'github'),
  passkey: {
    label: 'Passkey',
    route: 'POST /sign-in/passkey',
    factors: 'Two: the device, and the PIN, finger or face that it checked',
    holds:
      'Bound to this address, so that no other site can ask for it; a signature that repeats or counts backwards is refused.',
  },
};

/** What each way gives as a second step or as a fresh proof. */
const second: Readonly<
  Record<WayName, { readonly holds: string; readonly secondStep: boolean; readonly proof: boolean }>
> = {
  password: { secondStep: false, proof: true, holds: 'A fresh proof in an open session; never a second step.' },
  authenticator: {
    secondStep: true,
    proof: true,
    holds: 'A secret in an app (RFC 6238, 30 seconds, one step of tolerance); a code counts once.',
  },
  passkey: {
    secondStep: true,
    proof: true,
    holds: 'After another factor a touch is enough; as a fresh proof the device must check its user.',
  },
  code: {
    secondStep: true,
    proof: true,
    holds: 'Only where the account has no factor of its own and the workspace does not forbid it.',
  },
  'recovery-code': {
    secondStep: true,
    proof: false,
    holds: 'For whoever lost the others; used up, and its owner is told by mail.',
  },
};

/** Ways to a session that are no sign-in: each takes a secret that was mailed to the account's address. */
const mailed = [
  {
    label: 'Confirming a sign-up',
    route: 'POST /verify-email/:token',
    holds: 'The link and, from another browser, the password.',
  },
  {
    label: 'Joining by an invitation',
    route: 'POST /invitations/:token/account',
    holds: 'The link that was mailed to the invited address.',
  },
  {
    label: 'Signing up by a provider',
    route: 'POST /sign-up/finish',
    holds: 'What the provider vouched for, in the same browser.',
  },
  {
    label: 'A new password by a mailed link',
    route: 'POST /recover/:token',
    holds: 'The link; a second factor is asked for after it.',
  },
] as const;

export const wayFacts = () => ({
  first: firstFactors.map((name) => ({ name, ...first[name] })),
  second: ways.map(({ name, label }) => ({ name, label, ...second[name] })),
  mailed,
});
