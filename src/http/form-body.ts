import express, { type RequestHandler } from 'express';
import multer from 'multer';
import { ProtocolError } from './protocol-error.js';

const mostFields = 500;
const largest = 1024 * 1024;
const urlencoded = express.urlencoded({ extended: false, inflate: false, limit: largest, parameterLimit: mostFields });
const fields = multer({
  defParamCharset: 'utf8',
  limits: {
    fields: mostFields,
    parts: mostFields,
    fieldSize: largest,
    fieldNameSize: 200,
    files: 0,
    fieldNestingDepth: 0,
  },
}).none();

const multipartReaders = new WeakSet<RequestHandler>();

/** Marks a middleware that reads multipart bodies itself. multer's own are known without it. */
export function readsMultipart(middleware: RequestHandler): RequestHandler {
  multipartReaders.add(middleware);
  return middleware;
}

function isMultipartReader(handler: RequestHandler): boolean {
  return multipartReaders.has(handler) || handler.name === 'multerMiddleware';
}

/** The body of a form, at most 1 MB, unless one of the route's own middlewares reads its files. */
export function formBody(handlers: readonly RequestHandler[]): RequestHandler {
  const leavesFiles = handlers.some(isMultipartReader);
  return (request, response, next) => {
    const kind = request.is(['application/x-www-form-urlencoded', 'multipart/form-data']);
    if (kind === null || request.headers['content-length'] === '0') {
      request.body = {};
      return next();
    }
    if (kind === 'application/x-www-form-urlencoded') return urlencoded(request, response, next);
    if (kind === 'multipart/form-data') return leavesFiles ? next() : fields(request, response, next);
    // A page elsewhere can send text/plain without asking, and JSON inside it.
    throw new ProtocolError(415, 'Send this as a form.');
  };
}
