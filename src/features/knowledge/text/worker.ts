import { parentPort } from 'node:worker_threads';
import { type Asked, type Part, partOf } from './part.js';
import { type Piece, prepareText } from './preparation.js';

/** What a thread is asked to do with a text. */
export type Task =
  | { readonly kind: 'prepare'; readonly title: string; readonly kept: Uint8Array }
  | { readonly kind: 'show'; readonly asked: Asked; readonly kept: Uint8Array };

/** One result for each `more`: a thread that sends all at once would be listened to without a pause. */
export type Message = Task | 'more';
export type Result = Piece | { readonly kind: 'part'; readonly part: Part };
export type Answer = Result | { readonly kind: 'failed'; readonly reason: string } | { readonly kind: 'over' };

export function* resultsOf(task: Task): Generator<Result> {
  if (task.kind === 'prepare') yield* prepareText(task.title, task.kept);
  else yield { kind: 'part', part: partOf(task.kept, task.asked) };
}

let results: Iterator<Result> | undefined;

parentPort?.on('message', (message: Message) => {
  try {
    if (message !== 'more') results = resultsOf(message);
    const next = results?.next();
    const answer: Answer = next && !next.done ? next.value : { kind: 'over' };
    parentPort?.postMessage(answer);
  } catch (error) {
    parentPort?.postMessage({ kind: 'failed', reason: String(error) } satisfies Answer);
  }
});
