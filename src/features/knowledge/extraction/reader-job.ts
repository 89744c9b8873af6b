import { createReadStream } from 'node:fs';
import { makeAnswerReader, type Outcome } from './answers.js';
import type { Limits } from './limits.js';
import type { Job } from './protocol.js';
import type { Ending, ReaderProcess } from './reader-process.js';
import { watchReader } from './reader-watch.js';
import type { Progress } from './section.js';

export interface JobRequest {
  readonly path: string;
  readonly size: number;
  readonly fileName: string;
  readonly limits: Limits;
  /** Progress counts pages, and each adds to the time. */
  readonly paged: boolean;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/** How a job ended: as the child said, or because it was stopped, or died by itself, or the file itself went away. */
export type JobEnd =
  | Outcome
  | { readonly kind: 'stopped'; readonly message: string }
  /** `started`: it had come as far as reading files. */
  | { readonly kind: 'died'; readonly ending: Ending; readonly started: boolean }
  | { readonly kind: 'broken'; readonly reason: unknown };

/** Has one child read one file. Kills it unless it answered properly. */
export async function runJob(reader: ReaderProcess, request: JobRequest): Promise<JobEnd> {
  const end = await untilEnd(reader, request);
  if (end.kind !== 'read' && end.kind !== 'refused') reader.kill();
  return end;
}

function untilEnd(reader: ReaderProcess, request: JobRequest): Promise<JobEnd> {
  const { path, size, fileName, limits, signal } = request;
  return new Promise((resolve) => {
    const watch = watchReader(reader, limits, (message) => {
      finish({ kind: 'stopped', message });
    });
    const take = makeAnswerReader(limits, (progress) => {
      watch.progressed(request.paged ? progress.total : 0);
      request.onProgress?.(progress);
    });
    let started = reader.wear > 0;
    const onData = (chunk: Buffer | string) => {
      started = true;
      watch.progressed();
      const outcome = take(String(chunk));
      if (outcome) finish(outcome);
    };
    const onAbort = () => finish({ kind: 'broken', reason: signal?.reason });
    const file = createReadStream(path, { end: size - 1 });
    const finish = (end: JobEnd) => {
      watch.stop();
      reader.output.off('data', onData);
      signal?.removeEventListener('abort', onAbort);
      file.destroy();
      resolve(end);
    };
    file.once('error', (reason) => finish({ kind: 'broken', reason }));
    file.once('end', () => {
      if (file.bytesRead < size)
        finish({ kind: 'broken', reason: new Error('The file became shorter while it was read') });
    });
    reader.output.setEncoding('utf8').on('data', onData);
    void reader.ended.then((ending) => finish({ kind: 'died', ending, started }));
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
    const job: Job = { fileName, size, limits };
    reader.input.write(`${JSON.stringify(job)}\n`);
    file.pipe(reader.input, { end: false });
  });
}
