import type { ProviderName } from './provider.js';

/** Who somebody is at a provider, after all of it was checked. The address is one that the provider has verified. */
export interface Identity {
  readonly provider: ProviderName;
  /** What the provider names the person by, for ever. An address can change hands, this cannot (ASVS 10.5.2). */
  readonly subject: string;
  readonly email: string;
  /** By which the owner knows it again in a list. */
  readonly label: string;
}

export type Reason =
  | 'cancelled'
  | 'error'
  | 'state'
  | 'issuer'
  | 'exchange'
  | 'unreachable'
  | 'identity'
  | 'stale'
  | 'weak'
  | 'unverified';

/** Why an answer from a provider opened nothing. Caught by the routes, which say it to the person and to the audit. */
export class Refused extends Error {
  readonly reason: Reason;
  constructor(reason: Reason, options?: ErrorOptions) {
    super(`refused: ${reason}`, options);
    this.reason = reason;
  }
}
