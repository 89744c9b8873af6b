import { Worker } from 'node:worker_threads';
import { type Piece, prepareText } from './preparation.js';
import type { Answer, Task } from './preparing-thread.js';

/** Below this a text is prepared here, in some ten milliseconds: sending it would take as long. */
const smallBytes = 32_768;
const idleMs = 30_000;
const heapMegabytes = 768;

type Take = (piece: Piece) => void;

interface Waiting {
  readonly task: Task;
  readonly take: Take;
  resolve(): void;
  reject(reason: Error): void;
}

const queue: Waiting[] = [];
let running: Waiting | undefined;
let thread: Worker | undefined;
let retirement: NodeJS.Timeout | undefined;

/**
 * Splits a text and counts its lexemes: seconds of computing for a long book, so it is done by a thread of its own,
 * one text at a time, and people who wait for a page do not notice. `take` gets the pieces as they come.
 */
export function prepare(title: string, kept: Buffer, take: Take): Promise<void> {
  if (kept.length <= smallBytes) {
    for (const piece of prepareText(title, kept)) take(piece);
    return Promise.resolve();
  }
  return new Promise((resolve, reject) => {
    queue.push({ task: { title, kept }, take, resolve, reject });
    runNext();
  });
}

function runNext(): void {
  if (running) return;
  running = queue.shift();
  if (!running) {
    thread?.unref();
    retirement = setTimeout(() => void closePreparing(), idleMs).unref();
    return;
  }
  clearTimeout(retirement);
  thread ??= startThread();
  thread.ref();
  thread.postMessage(running.task);
}

function startThread(): Worker {
  const started = new Worker(new URL('./preparing-thread.js', import.meta.url), {
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
  });
  started.on('message', receive);
  started.on('error', (cause) => bury(started, cause));
  started.on('exit', () => bury(started, new Error('The thread that prepares texts ended')));
  return started;
}

function receive(answer: Answer): void {
  const { take, resolve, reject } = running ?? {};
  if (answer.kind === 'failed') {
    finish(() => reject?.(new Error(answer.reason)));
    return;
  }
  try {
    take?.(answer);
  } catch (error) {
    // The rest of its pieces must not reach the next in line.
    void closePreparing(error instanceof Error ? error : new Error(String(error)));
    return;
  }
  if (answer.kind === 'end') finish(() => resolve?.());
}

function finish(settle: () => void): void {
  running = undefined;
  settle();
  runNext();
}

/** The text that was being prepared fails, as a job it is tried again; those that wait go to a new thread. */
function bury(dead: Worker, cause: Error): void {
  if (thread !== dead) return;
  thread = undefined;
  const lost = running;
  finish(() => lost?.reject(cause));
}

export async function closePreparing(reason = new Error('The server is stopping')): Promise<void> {
  clearTimeout(retirement);
  const closing = thread;
  if (closing) bury(closing, reason);
  await closing?.terminate();
}
