import type { Request, RequestHandler } from 'express';
import multer, { MulterError } from 'multer';
import { readsMultipart } from '../../http/form-body.js';
import { ProtocolError } from '../../http/protocol-error.js';
import { bytes } from '../../http/wording.js';
import { limits } from './intake/message.js';
import type { Attachment } from './report.js';

/** The words of a form, beside its files. */
const roomForWords = 512 * 1024;
const most = limits.mailBytes + roomForWords;

/**
 * The files of a report, in memory: they are sealed as they are and touch no disk. Strangers send them, so the whole
 * request is bounded by its length before a byte is read; one that does not say its length is refused.
 */
export const takeFiles: RequestHandler = readsMultipart((request, response, next) => {
  if (!request.is('multipart/form-data')) return next();
  const length = Number(request.headers['content-length']);
  if (!Number.isInteger(length)) return next(new ProtocolError(411, 'Say how long the form is.'));
  if (length > most) return next(new ProtocolError(413, `Send at most ${bytes(limits.mailBytes)} of files.`));
  receive(request, response, (error?: unknown) => next(explained(error)));
});

const receive = multer({
  storage: multer.memoryStorage(),
  defParamCharset: 'utf8',
  limits: {
    ...{ fileSize: limits.mailBytes, files: limits.attachments, fields: 10, parts: limits.attachments + 10 },
    ...{ fieldSize: roomForWords, fieldNestingDepth: 0 },
  },
}).array('files', limits.attachments);

function explained(error: unknown): unknown {
  if (!(error instanceof MulterError)) return error;
  return new ProtocolError(413, `Send at most ${limits.attachments} files.`, { cause: error });
}

/** An empty file field comes as a file without a name. */
export function arrivedFiles(request: Request): Attachment[] {
  const files = Array.isArray(request.files) ? request.files : [];
  return files
    .filter(({ originalname, size }) => originalname !== '' || size > 0)
    .map(({ originalname, mimetype, buffer }) => ({
      ...{ name: originalname.slice(0, 200) || 'attachment', mediaType: mimetype.slice(0, 200), content: buffer },
    }));
}
