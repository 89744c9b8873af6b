import type { Request, RequestHandler } from 'express';
import { newId } from '../database/id.js';
import { withRequestId } from '../log.js';
import { localsOf } from './types.js';

const shape = /^[A-Za-z0-9-]{8,64}$/;

/** CR-6: every request has an id, in its logs, its errors, its audit events and its response. */
export function requestIds(): RequestHandler {
  return (request, response, next) => {
    const id = fromProxy(request) ?? newId();
    localsOf(response).requestId = id;
    response.setHeader('X-Request-Id', id);
    withRequestId(id, next);
  };
}

// Only a proxy of ours may name a request: anybody else could make two requests look like one in the audit.
function fromProxy(request: Request): string | undefined {
  const given = request.get('x-request-id');
  if (!given || !shape.test(given)) return undefined;
  const trusts: (address: string | undefined, hop: number) => boolean = request.app.get('trust proxy fn');
  return trusts(request.socket.remoteAddress, 0) ? given : undefined;
}
