import { Worker } from 'node:worker_threads';
import type { Answer, Message, Result, Task } from './worker.js';

const idleMs = 30_000;
const heapMegabytes = 768;

interface Waiting {
  readonly task: Task;
  readonly take: (result: Result) => void;
  resolve(): void;
  reject(reason: Error): void;
}

export interface TextThread {
  /** Calls `take` with each result, with a pause for others between them. Throws what the work or `take` throws. */
  run(task: Task, take: (result: Result) => void): Promise<void>;
  /** What runs fails. A later task starts a new thread. */
  close(): Promise<void>;
}

interface State {
  readonly queue: Waiting[];
  running?: Waiting | undefined;
  worker?: Worker | undefined;
  retirement?: NodeJS.Timeout;
}

/** A thread for long texts, one after another; started by the first, ended when none came for half a minute. */
export function textThread(): TextThread {
  const state: State = { queue: [] };
  return {
    run: (task, take) =>
      new Promise((resolve, reject) => {
        state.queue.push({ task, take, resolve, reject });
        runNext(state);
      }),
    close: () => end(state, new Error('The server is stopping')),
  };
}

function runNext(state: State): void {
  if (state.running) return;
  state.running = state.queue.shift();
  clearTimeout(state.retirement);
  if (!state.running) {
    // An idle thread must not keep the process alive.
    state.worker?.unref();
    state.retirement = setTimeout(() => void end(state, new Error('Nothing to do')), idleMs).unref();
    return;
  }
  state.worker ??= start(state);
  state.worker.ref();
  send(state.worker, state.running.task);
}

function send(worker: Worker, message: Message): void {
  worker.postMessage(message);
}

function start(state: State): Worker {
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes, maxYoungGenerationSizeMb: 16 },
  });
  worker.on('message', (answer: Answer) => {
    if (worker === state.worker) receive(state, worker, answer);
  });
  worker.on('error', (cause) => bury(state, worker, cause));
  worker.on('exit', () => bury(state, worker, new Error('The thread for texts ended')));
  return worker;
}

function receive(state: State, worker: Worker, answer: Answer): void {
  const { running } = state;
  if (answer.kind === 'over') finish(state, () => running?.resolve());
  else if (answer.kind === 'failed') finish(state, () => running?.reject(new Error(answer.reason)));
  else {
    try {
      running?.take(answer);
      setImmediate(() => send(worker, 'more'));
    } catch (error) {
      finish(state, () => running?.reject(error instanceof Error ? error : new Error(String(error))));
    }
  }
}

function finish(state: State, settle: () => void): void {
  state.running = undefined;
  settle();
  runNext(state);
}

/** What ran fails; what waits goes to a new thread. */
function bury(state: State, dead: Worker, cause: Error): void {
  if (state.worker !== dead) return;
  state.worker = undefined;
  const { running } = state;
  finish(state, () => running?.reject(cause));
}

async function end(state: State, reason: Error): Promise<void> {
  clearTimeout(state.retirement);
  const { worker } = state;
  if (worker) bury(state, worker, reason);
  await worker?.terminate();
}
