import type { Request, Response } from 'express';
import type { Account, Origin } from '../account.js';

/** What somebody shows to prove who they are. As `methods` of the session name it. */
export type WayName = 'password' | 'authenticator' | 'passkey' | 'code' | 'recovery-code';

/** Why it is asked for: a fresh proof within a session, or the step between a first factor and a session. */
export type Purpose = 'proof' | 'second-step';

export interface Proving {
  readonly account: Account;
  readonly purpose: Purpose;
  readonly request: Request;
  readonly response: Response;
  readonly origin: Origin;
}

/**
 * One way to prove who one is, for the page of a fresh proof and for the second step alike. Its fields are in the
 * partial `views/accounts/proof-<name>.ejs`, named `proof_...`, and stand inside a form that the page makes.
 */
export interface Way {
  readonly name: WayName;
  /** On the button that changes to it: `Use your password`. */
  readonly label: string;
  /** Whether this account can use it for this purpose. */
  isOffered(account: Account, purpose: Purpose): Promise<boolean>;
  /** What happens when the person chooses it, by a form: a mail is sent. Showing the page alone never does this. */
  begin?(proving: Proving): Promise<void>;
  /** What the partial shows besides, each time that it is drawn. */
  locals?(proving: Proving): Promise<object>;
  /** Undefined when it is right; otherwise what is wrong with which field, for the person. */
  check(proving: Proving): Promise<{ readonly field: string; readonly problem: string } | undefined>;
}

/** A field of the form as it was typed; empty when it is missing or sent twice. */
export function typed({ request }: Proving, field: string): string {
  const value: unknown = request.body?.[field];
  return typeof value === 'string' ? value : '';
}
