import { UpstreamFailed } from '../../../../errors.js';

let stopping = false;

/** Jobs that run give up where they are and are tried again by whichever process is there then. */
export function stopIndexing(): void {
  stopping = true;
}

export function resumeIndexing(): void {
  stopping = false;
}

export const isStopping = (): boolean => stopping;

export function throwIfStopping(): void {
  if (stopping) throw new UpstreamFailed('The server is stopping. Indexing goes on after the start.');
}
