import { MulterError } from 'multer';
import { isUnavailable } from '../database/failure.js';
import { Failure, Invalid, TooManyRequests, UpstreamFailed } from '../errors.js';

/** What a failed request is answered with, as a page or as RFC 9457 problem details. */
export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly message: string;
  readonly retryAfter?: number;
  readonly fields?: Readonly<Record<string, string>>;
}

const unexpected: Problem = {
  status: 500,
  title: 'Something went wrong on our side',
  message: 'It is written down under the request id below. Try again, and send us the id if it happens again.',
};

const away: Problem = {
  status: 503,
  title: 'Something we depend on is not answering',
  message: 'The database is not answering. Try again in a moment.',
  retryAfter: 5,
};

// By status: what the libraries that read requests say themselves is for developers.
const readingProblems: Readonly<Record<number, Omit<Problem, 'status'>>> = {
  400: { title: 'This request could not be read', message: 'It arrived incomplete or malformed. Send it again.' },
  413: { title: 'This is too large', message: 'Send less at once.' },
  415: { title: 'This kind of content is not read here', message: 'Send this as a form.' },
  416: { title: 'This part does not exist', message: 'Ask for the whole file.' },
  431: { title: 'This request carries too much', message: 'Clear the cookies of this site and try again.' },
};

/** Every error has one answer. What is not known here is a 500 whose own words stay inside. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Failure) return fromFailure(error);
  if (isUnavailable(error)) return away;
  if (error instanceof URIError)
    return { status: 404, title: 'Not found', message: 'There is nothing at this address.' };
  if (error instanceof MulterError) return fromUpload(error);
  if (isMultipartNoise(error)) return reading(400);
  const status = statusOf(error);
  if (status === 404) return { status, title: 'Not found', message: 'There is nothing at this address.' };
  return status !== undefined && status >= 400 && status < 500 ? reading(status) : unexpected;
}

function fromFailure(error: Failure): Problem {
  const { status, title, message } = error;
  if (error instanceof TooManyRequests || error instanceof UpstreamFailed) {
    return { status, title, message, retryAfter: error.retryAfter };
  }
  return error instanceof Invalid ? { status, title, message, fields: error.fields } : { status, title, message };
}

function fromUpload(error: MulterError): Problem {
  if (error.code === 'LIMIT_FILE_SIZE') return { ...reading(413), message: 'A file is larger than allowed.' };
  if (error.code === 'LIMIT_FILE_COUNT') return { ...reading(413), message: 'Send fewer files at once.' };
  if (error.code === 'LIMIT_FIELD_VALUE') return reading(413);
  return reading(400);
}

function reading(status: number): Problem {
  const words = readingProblems[status] ?? { title: 'This request was refused', message: 'Send it again.' };
  return { status, ...words };
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined;
  return typeof error.status === 'number' ? error.status : undefined;
}

// busboy has no error class of its own.
function isMultipartNoise(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return /^(Multipart: Boundary not found|Unexpected end of form|Malformed (part header|content type|urlencoded form)|Request (aborted|closed))/.test(
    error.message,
  );
}
