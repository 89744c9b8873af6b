import type { Request, Response } from 'express';
import { config } from '../../../config.js';
import { hashToken, newToken } from '../../../vault/tokens.js';

const yearMs = 365 * 24 * 60 * 60 * 1000;

/**
 * A random cookie that outlives the session, so that a browser can be known again: to tell the owner of a sign-in from
 * a new one, and to keep a stranger's failures from locking out the owner's own. It opens nothing.
 */
function cookieName(): string {
  return config().origin.startsWith('https:') ? '__Host-device' : 'device';
}

function tokenIn(request: Request): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(/; */).map((pair) => pair.split('='));
  const value = pairs.find(([name]) => name === cookieName())?.[1];
  return value && /^[\w-]{43}$/.test(value) ? value : undefined;
}

/** The hash of this browser's cookie, as it is stored. */
export function deviceOf(request: Request): Buffer | undefined {
  const token = tokenIn(request);
  return token ? hashToken(token) : undefined;
}

/** Gives the browser its cookie, or a longer life to the one it has. Answers the hash. */
export function markDevice(request: Request, response: Response): Buffer {
  const token = tokenIn(request) ?? newToken().token;
  const secure = config().origin.startsWith('https:');
  response.cookie(cookieName(), token, { httpOnly: true, sameSite: 'lax', secure, path: '/', maxAge: yearMs });
  return hashToken(token);
}

const browsers: readonly [RegExp, string][] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/(Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/\bcurl\//, 'curl'],
];
const systems: readonly [RegExp, string][] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

/** `Firefox on Linux`, from what a browser says of itself. For people to recognise, never to decide by. */
export function deviceName(userAgent: string): string {
  const browser = browsers.find(([pattern]) => pattern.test(userAgent))?.[1] ?? 'A browser';
  const system = systems.find(([pattern]) => pattern.test(userAgent))?.[1];
  return system ? `${browser} on ${system}` : browser;
}
