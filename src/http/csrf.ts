import csurf from 'csurf';
import type { Request, RequestHandler, Response } from 'express';
import { log } from '../log.js';
import { ProtocolError } from './protocol-error.js';

// Not from the query: a token in an address ends up in histories and logs.
const csrf = csurf({ value: (request) => tokenIn(request.body) ?? request.get('csrf-token') ?? '' });

function tokenIn(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('_csrf' in body)) return undefined;
  return typeof body._csrf === 'string' ? body._csrf : undefined;
}

/** CR-4. Stands between what reads the body and what acts on it. */
export const checkCsrf: RequestHandler = (request, response, next) => {
  // csurf would give a session, and so a row, to whoever sends a form without having seen one.
  if (!request.session?.csrfSecret) return next(stale('no token was given out'));
  csrf(request, response, (error?: unknown) => next(error ? stale('wrong token') : undefined));
};

function stale(reason: string): ProtocolError {
  log().warn({ event: 'refused', reason: `csrf: ${reason}` }, 'a form without a valid token was refused');
  return new ProtocolError(403, 'This form is out of date. Reload the page and send it again.');
}

/** The token of this session. Asking makes a session where there is none: ask only where a form is drawn. */
export function csrfToken(request: Request, response: Response): string {
  if (!request.session) return '';
  // csurf attaches its getter before it judges, and drawing a page is not the time to judge.
  csrf(request, response, () => {});
  return request.csrfToken();
}
