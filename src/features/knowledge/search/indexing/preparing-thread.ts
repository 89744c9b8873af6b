import { parentPort } from 'node:worker_threads';
import { type Piece, prepareText } from './preparation.js';

export interface Task {
  readonly title: string;
  readonly kept: Uint8Array;
}

export type Answer = Piece | { readonly kind: 'failed'; readonly reason: string };

parentPort?.on('message', ({ title, kept }: Task) => {
  try {
    for (const piece of prepareText(title, kept)) parentPort?.postMessage(piece satisfies Answer);
  } catch (error) {
    parentPort?.postMessage({ kind: 'failed', reason: String(error) } satisfies Answer);
  }
});
