import type { Request } from 'express';
import { hashToken, newToken } from '../../../vault/tokens.js';

declare module 'express-session' {
  interface SessionData {
    /** A secret of this browser's session: what was asked for here can be used here only. */
    browser?: string;
  }
}

/** The hash by which rows know the browser that asked (ASVS 6.6.2); undefined when this one has asked for nothing. */
export function browserOf(request: Request): Buffer | undefined {
  const { browser } = request.session;
  return browser === undefined ? undefined : hashToken(browser);
}

export function markBrowser(request: Request): Buffer {
  request.session.browser ??= newToken().token;
  return hashToken(request.session.browser);
}
