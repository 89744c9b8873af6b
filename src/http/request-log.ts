import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { log } from '../log.js';
import { accountOf } from '../tenancy/context.js';
import { addressOf } from './address.js';
import { localsOf } from './types.js';

const quiet = new Set(['/health', '/ready']);

/** One line a request. The route's pattern stands for the address, which may hold a token. */
export function requestLog(target: () => Logger = log): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    const address = addressOf(request);
    response.once('close', () => {
      const route = routeOf(request);
      const level = response.statusCode >= 500 ? 'error' : quiet.has(route) ? 'debug' : 'info';
      target()[level](
        { ...factsOf(request, response), route, address, ms: Math.round(performance.now() - started) },
        'request',
      );
    });
    next();
  };
}

function routeOf(request: Request): string {
  const pattern: unknown = request.route?.path;
  return typeof pattern === 'string' ? pattern : '(none)';
}

function factsOf(request: Request, response: Response) {
  const { requestId, account, tenantContext } = localsOf(response);
  return {
    requestId,
    method: request.method,
    status: response.statusCode,
    aborted: response.writableFinished ? undefined : true,
    accountId: account?.id ?? (tenantContext && accountOf(tenantContext.actor)),
    tenantId: tenantContext?.tenant.id,
  };
}
