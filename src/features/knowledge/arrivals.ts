import { basename, dirname } from 'node:path';
import type { Request, RequestHandler } from 'express';
import multer, { MulterError } from 'multer';
import { config } from '../../config.js';
import { TooManyRequests } from '../../errors.js';
import { readsMultipart } from '../../http/form-body.js';
import { ProtocolError } from '../../http/protocol-error.js';
import { account } from '../../http/signed-in.js';
import { bytes } from '../../http/wording.js';
import { beingRead } from './reading.js';
import { discardUpload, placeForUpload } from './uploads.js';

export const mostFiles = 20;
/** Of one person, waiting to be read; so that no one fills the disk. */
const mostWaiting = { files: 200, bytes: 2 * 1024 ** 3 };

export interface Arrived {
  readonly path: string;
  /** As the sender named it; to be cleaned (KB-2). */
  readonly name: string;
  readonly size: number;
}

const paths = new WeakMap<Request, string[]>();

/** Refuses before a byte is read while too much of this person's waits. */
export const roomForFiles: RequestHandler = (_request, response, next) => {
  const waiting = beingRead(account(response).id);
  if (waiting.files >= mostWaiting.files || waiting.bytes >= mostWaiting.bytes) {
    throw new TooManyRequests('Many of your files still wait to be read. Send more when some are done.', 15);
  }
  next();
};

/**
 * Takes the files of a form to the private folder, each under a random name. What no action took over (the token was
 * wrong, the connection broke, the database is away) goes when the request has ended.
 */
export const takeFiles: RequestHandler = readsMultipart((request, response, next) => {
  const arriving: string[] = [];
  paths.set(request, arriving);
  response.once('close', () => {
    for (const path of arriving) void discardUpload(path);
  });
  upload(request, response, (error?: unknown) => next(explained(error)));
});

const upload: RequestHandler = (request, response, next) => {
  receive ??= receiver();
  receive(request, response, next);
};
let receive: RequestHandler | undefined;

function receiver(): RequestHandler {
  const storage = multer.diskStorage({
    destination: (request, _file, done) => {
      const path = placeForUpload();
      paths.get(request)?.push(path);
      done(null, dirname(path));
    },
    filename: (request, _file, done) => done(null, basename(paths.get(request)?.at(-1) ?? '')),
  });
  const limits = {
    fileSize: config().UPLOAD_MAX_MB,
    files: mostFiles,
    fields: 10,
    parts: mostFiles + 10,
    fieldSize: 10_000,
    fieldNestingDepth: 0,
  };
  return multer({ storage, limits, defParamCharset: 'utf8' }).array('files', mostFiles);
}

function explained(error: unknown): unknown {
  if (!(error instanceof MulterError)) return error;
  if (error.code === 'LIMIT_FILE_SIZE') {
    const most = bytes(config().UPLOAD_MAX_MB);
    return new ProtocolError(413, `A file may be at most ${most} large. Split it and upload the parts.`, {
      cause: error,
    });
  }
  if (error.code === 'LIMIT_FILE_COUNT') {
    return new ProtocolError(413, `Send at most ${mostFiles} files at once.`, { cause: error });
  }
  return error;
}

export function arrivedFiles(request: Request): Arrived[] {
  const list = Array.isArray(request.files) ? request.files : [];
  return list.map(({ path, originalname, size }) => ({ path, name: originalname, size }));
}
