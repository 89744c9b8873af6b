import ejs from 'ejs';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { NotFound } from '../errors.js';
import { log } from '../log.js';
import { page } from './page.js';
import { type Problem, problemOf } from './problem.js';
import { localsOf } from './types.js';

/** Nothing before it answered. */
export const notFound: RequestHandler = () => {
  throw new NotFound('There is nothing at this address.');
};

/** The one place that answers a failure: a page or problem details (RFC 9457), with the request id, never a stack. */
// Express tells an error handler by its four parameters.
export const failure: ErrorRequestHandler = async (error: unknown, request, response, _next) => {
  const problem = problemOf(error);
  if (problem.status >= 500) log().error({ err: error, status: problem.status }, 'a request failed');
  if (response.headersSent) return void response.destroy();
  response.status(problem.status);
  if (problem.retryAfter !== undefined) response.setHeader('Retry-After', String(problem.retryAfter));
  if (request.accepts(['html', 'json']) === 'html') await errorPage(request, response, problem);
  else problemDetails(response, problem);
};

function problemDetails(response: Response, { status, title, message, fields }: Problem): void {
  const { requestId } = localsOf(response);
  const details = { type: 'about:blank', title, status, detail: message, requestId, errors: fields };
  response.type('application/problem+json').send(JSON.stringify(details));
}

async function errorPage(request: Request, response: Response, problem: Problem): Promise<void> {
  const { status, title, message, retryAfter } = problem;
  try {
    await page(response, 'errors/show', { styles: ['failure'], status, title, message, retryAfter });
  } catch (error) {
    // The page needs what has just failed: the database, a view. These words need nothing.
    log().error({ err: error, method: request.method }, 'the page of a failure failed');
    response.type('html').send(bareWords(problem, localsOf(response).requestId));
  }
}

function bareWords({ title, message }: Problem, requestId: string | undefined): string {
  const [heading, words, id] = [title, message, requestId ?? 'none'].map((text) => ejs.escapeXML(text));
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${heading}</title><h1>${heading}</h1><p>${words}</p><p>Request id: ${id}</p></html>`;
}
