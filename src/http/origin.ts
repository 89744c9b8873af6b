import type { Request, RequestHandler } from 'express';
import { config } from '../config.js';
import { log } from '../log.js';
import { ProtocolError } from './protocol-error.js';

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);
const reads = new Set(['GET', 'HEAD']);
const hostHeader = /^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::\d{1,5})?$/i;
const used = new Set(['GET', 'HEAD', 'POST']);

export function isRead(request: Request): boolean {
  return reads.has(request.method);
}

/** Pages use GET and POST. TRACE would echo cookies; the rest has no meaning here. */
export function usedMethods(): RequestHandler {
  return (request, response, next) => {
    if (used.has(request.method)) return next();
    response.setHeader('Allow', [...used].join(', '));
    throw new ProtocolError(405, 'Only GET, HEAD and POST are used here.');
  };
}

/** Refuses other names for this server, so that no name of an attacker's can be pointed at it (DNS rebinding). */
export function knownHosts(origin = config().origin): RequestHandler {
  const names = new Set(sameServer(origin).map((known) => new URL(known).hostname));
  return (request, _response, next) => {
    const [, name = ''] = hostHeader.exec(request.headers.host ?? '') ?? [];
    if (names.has(name.toLowerCase())) return next();
    throw new ProtocolError(421, `Open this server at ${origin}.`);
  };
}

/** CR-4: who sent this? Asked before a byte of the body is read. The token in the form is checked as well, later. */
export function sameOriginWrites(origin = config().origin): RequestHandler {
  const own = new Set(sameServer(origin));
  return (request, _response, next) => {
    if (isRead(request)) return next();
    const reason = foreign(request, own);
    if (!reason) return next();
    log().warn({ event: 'refused', reason }, 'a write from elsewhere was refused');
    throw new ProtocolError(403, `This was not sent from a page of ours. Open ${origin} and try again there.`);
  };
}

function foreign(request: Request, own: ReadonlySet<string>): string | undefined {
  const { origin, referer, 'sec-fetch-site': site } = request.headers;
  if (origin !== undefined && !own.has(origin)) return 'foreign origin';
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'foreign fetch site';
  if (origin === undefined && site === undefined && referer !== undefined) return 'referer without origin';
  return undefined;
}

// On loopback the three names are the same server and only this machine can use them.
function sameServer(origin: string): string[] {
  const { protocol, hostname, port } = new URL(origin);
  if (!loopback.has(hostname)) return [origin];
  return [...loopback].map((name) => `${protocol}//${name}${port ? `:${port}` : ''}`);
}
