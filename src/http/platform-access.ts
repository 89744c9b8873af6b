import type { Request, RequestHandler, Response } from 'express';
import ipaddr from 'ipaddr.js';
import { config } from '../config.js';
import { Forbidden, NotFound } from '../errors.js';
import { log } from '../log.js';
import { addressOf } from './address.js';
import { safeNext } from './next.js';
import { isRead } from './origin.js';
import { isAllowed } from './public-address.js';
import { localsOf } from './types.js';

/** The console itself, and the step at its door. Both are open to the operators of the installation only. */
export type PlatformAccess = 'platform' | 'platform-entry';

export const platformEntry = '/platform/entry';

/** AC-10 for the console: shorter than elsewhere, because it reaches every workspace. */
export const platformIdleMs = 15 * 60_000;
export const platformLongestMs = 4 * 60 * 60_000;

const touchMs = 60_000;
/** What may stand for a second step. A mailed code does not: it is as good as the mailbox alone (ASVS 6.3.6). */
const strong = new Set(['passkey', 'authenticator', 'recovery-code']);

export function isPlatform(access: string): access is PlatformAccess {
  return access === 'platform' || access === 'platform-entry';
}

/**
 * MB-3: who is not an operator, or asks from another network, learns nothing: there is no such page. The address is the
 * one that the edge saw (ASVS 8.4.2).
 */
export function platformGuard(access: PlatformAccess, askToSignIn: (...at: [Request, Response]) => void) {
  const guard: RequestHandler = (request, response, next) => {
    const { account: person } = localsOf(response);
    if (!isOfferedTo(request)) return refuse('address', person?.id);
    if (!person) return askToSignIn(request, response);
    if (!isOperator(person.email)) return refuse('account', person.id);
    if (access === 'platform' && !isInConsole(request)) return askToEnter(request, response);
    if (access === 'platform') stay(request);
    next();
  };
  return guard;
}

/** Whether this session has shown more than a password or a mailbox. */
export function hasSecondFactor(request: Request): boolean {
  return (request.session.methods ?? []).some((method) => strong.has(method));
}

/** Begins the console's own time. Call it after a fresh proof. */
export function enterConsole(request: Request, now = Date.now()): void {
  request.session.platform = { since: now, usedAt: now };
}

export function leaveConsole(request: Request): void {
  delete request.session.platform;
}

export function isInConsole(request: Request, now = Date.now()): boolean {
  const { platform } = request.session;
  if (!platform || !hasSecondFactor(request)) return false;
  return now - platform.usedAt < platformIdleMs && now - platform.since < platformLongestMs;
}

// At most one write a minute.
function stay(request: Request, now = Date.now()): void {
  const { platform } = request.session;
  if (platform && now - platform.usedAt >= touchMs) request.session.platform = { ...platform, usedAt: now };
}

function isOfferedTo(request: Request): boolean {
  const { PLATFORM_ADMINS, PLATFORM_ADDRESSES, TRUST_PROXY } = config();
  // Behind a proxy that the settings do not name, everybody seems to come from where the proxy is.
  if (TRUST_PROXY.length === 0 && request.headers['x-forwarded-for'] !== undefined) return false;
  const address = addressOf(request);
  return PLATFORM_ADMINS.length > 0 && ipaddr.isValid(address) && isAllowed(PLATFORM_ADDRESSES, { address });
}

/** An account exists only with a confirmed address, so the address says who it is. */
function isOperator(email: string): boolean {
  return config().PLATFORM_ADMINS.includes(email.toLowerCase());
}

function askToEnter(request: Request, response: Response): void {
  const isPage = isRead(request) && request.accepts(['html', 'json']) === 'html';
  if (!isPage) throw new Forbidden('Your time in the platform console has ended. Open it again.');
  response.redirect(303, `${platformEntry}?next=${encodeURIComponent(safeNext(request.originalUrl))}`);
}

// In the log alone: others must not be able to fill the installation's events.
function refuse(reason: 'address' | 'account', accountId: string | undefined): never {
  const isThere = config().PLATFORM_ADMINS.length > 0 && accountId !== undefined;
  if (isThere)
    log().warn({ event: 'refused', reason: `platform: ${reason}`, accountId }, 'the platform console stayed closed');
  throw new NotFound('There is nothing at this address.');
}
