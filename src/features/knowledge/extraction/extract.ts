import { stat } from 'node:fs/promises';
import { Invalid, UpstreamFailed } from '../../../errors.js';
import { children, defaultLimits, type Limits } from './limits.js';
import { mediaTypes, promisedType } from './media-types.js';
import { type JobEnd, type JobRequest, runJob } from './reader-job.js';
import { withReader } from './reader-pool.js';
import { tooMuchMemory } from './reader-watch.js';
import type { ExtractedDocument, Progress } from './section.js';

export interface Source {
  readonly path: string;
  /** As the person named it; its extension must fit the content. */
  readonly fileName: string;
  /** The tenant. A child may go on to another file of the same scope, which is far faster for small files. */
  readonly scope?: string;
}

export interface ExtractOptions {
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
  readonly limits?: Partial<Limits>;
}

/**
 * The text of a file, read by a child process that may hang, eat memory or die without hurting anyone (KB-5). Writes no
 * file. Throws Invalid, with what to do, when the file cannot be taken; anything else is worth another try.
 */
export async function extractDocument(source: Source, options: ExtractOptions = {}): Promise<ExtractedDocument> {
  const limits = { ...defaultLimits(), ...options.limits };
  const { size } = await stat(source.path);
  if (size === 0) throw new Invalid('This file is empty. Choose another one.');
  if (size > limits.bytes)
    throw new Invalid(`This file is larger than ${megabytes(limits.bytes)}. Split it and upload the parts.`);
  const request = requestOf(source, { ...options, limits, size });
  const first = await attempt(source, request);
  // Killed from outside (the machine ran out of memory, somebody tidied up), or never started: no fault of the file.
  return documentOf(blameless(first) ? await attempt(source, request) : first);
}

function requestOf(source: Source, options: ExtractOptions & { limits: Limits; size: number }): JobRequest {
  return {
    path: source.path,
    fileName: source.fileName,
    paged: promisedType(source.fileName) === 'application/pdf',
    ...options,
  };
}

function attempt(source: Source, request: JobRequest): Promise<JobEnd> {
  const promised = promisedType(source.fileName);
  const wear = promised ? mediaTypes[promised].wear : children.wearEach;
  return withReader({ scope: source.scope, wear, signal: request.signal }, async (reader) => {
    const result = await runJob(reader, request);
    return { result, good: result.kind === 'read' || result.kind === 'refused' };
  });
}

function blameless(end: JobEnd): boolean {
  return end.kind === 'died' && (!end.started || end.ending.signal === 'SIGKILL' || end.ending.signal === 'SIGTERM');
}

function documentOf(end: JobEnd): ExtractedDocument {
  switch (end.kind) {
    case 'read':
      return end.document;
    case 'refused':
    case 'stopped':
      throw new Invalid(end.message);
    case 'failed':
      throw new Invalid(damaged);
    case 'broken':
      throw end.reason;
    case 'died': {
      const { signal } = end.ending;
      if (!end.started) throw new UpstreamFailed('No file can be read right now. Try again in a minute.');
      // V8 aborts when the heap is full; by which signal depends on the machine.
      throw new Invalid(signal === 'SIGABRT' || signal === 'SIGTRAP' || signal === 'SIGILL' ? tooMuchMemory : damaged);
    }
  }
}

const damaged =
  'This file could not be read. It may be damaged: open it, save it again or print it to a PDF, and upload that.';

function megabytes(bytes: number): string {
  return bytes < 1_048_576 ? `${bytes} bytes` : `${Math.floor(bytes / 1_048_576)} MB`;
}
