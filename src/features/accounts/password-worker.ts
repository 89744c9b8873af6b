import { parentPort } from 'node:worker_threads';
import bcrypt from 'bcrypt';

export type PasswordTask =
  | { readonly kind: 'hash'; readonly digest: string; readonly cost: number }
  | { readonly kind: 'compare'; readonly digest: string; readonly hash: string };

export interface PasswordAnswer {
  readonly hash: string;
  readonly same: boolean;
}

// Synchronous on purpose: this thread has nothing else to do, and the asynchronous calls would use libuv's shared threads.
parentPort?.on('message', (task: PasswordTask) => {
  const answer: PasswordAnswer =
    task.kind === 'hash'
      ? { hash: bcrypt.hashSync(task.digest, task.cost), same: true }
      : { hash: task.hash, same: bcrypt.compareSync(task.digest, task.hash) };
  parentPort?.postMessage(answer);
});
