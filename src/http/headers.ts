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

/** CR-3: on every response, errors and static files too, because it stands before everything that answers. */
export function securityHeaders(origin = config().origin): RequestHandler {
  const https = origin.startsWith('https:');
  const helmeted = helmet({
    contentSecurityPolicy: { useDefaults: false, directives },
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
    helmeted(request, response, next);
  };
}

/** For answers written straight to the socket, where no application has run yet. */
export function bareHeaders(origin = config().origin): Record<string, string> {
  return {
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'same-origin',
    'Cache-Control': 'no-store',
    ...(origin.startsWith('https:') ? { 'Strict-Transport-Security': strictTransport } : {}),
  };
}
