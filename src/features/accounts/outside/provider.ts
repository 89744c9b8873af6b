import type { Strategy } from 'passport';
import { config } from '../../../config.js';
import { github } from './github.js';
import { google } from './google.js';
import type { Ticket } from './ticket.js';

export const providerNames = ['google', 'github'] as const;
export type ProviderName = (typeof providerNames)[number];

/** Where people already have an account that they can enter ours with (AC-4, AC-5). */
export interface Provider {
  readonly name: ProviderName;
  /** As people call it. */
  readonly label: string;
  /** Who answers, by its own name (RFC 9207). */
  readonly issuer: string;
  /** Where people are sent. */
  readonly authorizationUrl: string;
  /** A strategy of Passport's for one request: it ends in an Identity or a Refused. */
  strategy(ticket: Ticket): Strategy;
}

/** Those that the operator has set up, in the order in which they are offered. */
export function providers(): Provider[] {
  const { GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET } = config();
  return [
    ...(GOOGLE_CLIENT_ID && GOOGLE_CLIENT_SECRET ? [google(GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET)] : []),
    ...(GITHUB_CLIENT_ID && GITHUB_CLIENT_SECRET ? [github(GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET)] : []),
  ];
}

export function labelOf(name: ProviderName): string {
  return { google: 'Google', github: 'GitHub' }[name];
}
