import type { Request } from 'express';
import { dropSession } from '../../../http/session.js';
import type { Identity } from './identity.js';

/** Somebody whom a provider vouched for and who has no account yet. */
export interface Arrival {
  readonly identity: Identity;
  readonly next: string;
  readonly at: number;
}

declare module 'express-session' {
  interface SessionData {
    arrival?: Arrival;
  }
}

/** From coming back from a provider without an account to having one. */
export const arrivalMs = 30 * 60 * 1000;

/**
 * Keeps who arrived, under a new session id: somebody who knew the old one could otherwise make an account of it
 * (session fixation).
 */
export async function keepArrival(request: Request, identity: Identity, next: string): Promise<void> {
  await dropSession(request);
  request.session.arrival = { identity, next, at: Date.now() };
}

/** Who arrived in this browser within the last half hour and was not signed up yet. */
export function arrivalIn(request: Request): Arrival | undefined {
  const { arrival } = request.session;
  return arrival && Date.now() - arrival.at < arrivalMs ? arrival : undefined;
}
