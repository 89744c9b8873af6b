import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { config } from '../config.js';
import { localsOf } from './types.js';

const twoYears = 63_072_000;
const strictTransport = `max-age=${twoYears}; includeSubDomains`;
const noPowers = [
  'accelerometer',
  'autoplay',
  'camera',
  'display-capture',
  'encrypted-media',
  'fullscreen',
  'geolocation',
]
  .concat([
    'gyroscope',
    'idle-detection',
    'magnetometer',
    'microphone',
    'midi',
    'payment',
    'screen-wake-lock',
    'serial',
    'usb',
  ])
  .map((power) => `${power}=()`)
  // AC-7, and in no page that somebody else puts around ours.
  .concat(['publickey-credentials-create=(self)', 'publickey-credentials-get=(self)'])
  .join(', ');

const nonced = (_request: IncomingMessage, response: ServerResponse) =>
  `'nonce-${localsOf(response as Response).nonce}'`;

const directives = {
  'default-src': ["'none'"],
  'script-src': ["'self'", nonced],
  'style-src': ["'self'", nonced],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'font-src': ["'self'"],
  'manifest-src': ["'self'"],
  'form-action': ["'self'"],
  'base-uri': ["'none'"],
  'object-src': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/** Where browsers tell of what the policy of a page has stopped. */
export const reportPath = '/csp-reports';
const reporting = { 'report-uri': [reportPath] };
// The newer way; browsers take its address from a header, over https alone, and then leave `report-uri` aside.
const reportingGroup = { 'report-to': ['csp'] };

/** CR-3: on every response, errors and static files too, because it stands before everything that answers. */
export function securityHeaders(origin = config().origin): RequestHandler {
  const https = origin.startsWith('https:');
  const helmeted = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { ...directives, ...reporting, ...(https ? reportingGroup : {}) },
    },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    // Not no-referrer: under it a browser sends `Origin: null` with our own forms (Fetch, "append a request Origin header").
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: https ? { maxAge: twoYears, includeSubDomains: true } : false,
    xFrameOptions: { action: 'deny' },
  });
  return (request, response, next) => {
    localsOf(response).nonce = randomBytes(16).toString('base64');
    response.setHeader('Permissions-Policy', noPowers);
    response.setHeader('Cache-Control', 'no-store');
    if (https) response.setHeader('Reporting-Endpoints', `csp="${reportPath}"`);
    helmeted(request, response, next);
  };
}

/**
 * For a route whose address holds a token: what its page loads, and where it leads, gets our origin and no more. Stands
 * first among the handlers, so that an answer that refuses has it too.
 */
export const hideAddress: RequestHandler = (_request, response, next) => {
  response.setHeader('Referrer-Policy', 'strict-origin');
  next();
};

/** For answers written straight to the socket, where no application has run yet. */
export function bareHeaders(origin = config().origin): Record<string, string> {
  return {
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'same-origin',
    'Permissions-Policy': noPowers,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-store',
    ...(origin.startsWith('https:') ? { 'Strict-Transport-Security': strictTransport } : {}),
  };
}

/**
 * Lets the forms of this one page lead on to other servers: Chromium and Safari judge every redirect after a form by the
 * `form-action` of the page that the form is on (w3c/webappsec-csp issue 8).
 */
export function allowFormsTo(response: Response, ...addresses: string[]): void {
  const own = "form-action 'self'";
  const origins = [...new Set(addresses.map((address) => ` ${new URL(address).origin}`))].join('');
  const policy = String(response.getHeader('Content-Security-Policy') ?? '');
  response.setHeader('Content-Security-Policy', policy.replace(own, own + origins));
}
