import { children } from './limits.js';
import { type ReaderProcess, startReader } from './reader-process.js';

export interface Turn {
  /** Whose file it is. A child is kept only for files of the same scope; without one it reads a single file. */
  readonly scope: string | undefined;
  /** How much of its life the file costs a child. */
  readonly wear: number;
  readonly signal?: AbortSignal | undefined;
}

/** At most two files are read at once, in the order in which they came; the others wait and none is lost. */
let running = 0;
const waiting: (() => void)[] = [];
/** Each with the timer that ends it. */
const idle = new Map<ReaderProcess, NodeJS.Timeout>();

/** Calls `work` with a child of its own for the time. `work` says whether the child is still good. */
export async function withReader<T>(
  turn: Turn,
  work: (reader: ReaderProcess) => Promise<{ result: T; good: boolean }>,
): Promise<T> {
  await myTurn(turn.signal);
  try {
    const reader = take(turn);
    const { result, good } = await work(reader);
    reader.wear += turn.wear;
    if (good) giveBack(reader);
    else end(reader);
    return result;
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

/** Resolves with a place taken. */
function myTurn(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (running < children.atOnce) {
    running += 1;
    return Promise.resolve();
  }
  return new Promise((resolve, reject) => {
    const start = () => {
      signal?.removeEventListener('abort', giveUp);
      running += 1;
      resolve();
    };
    const giveUp = () => {
      waiting.splice(waiting.indexOf(start), 1);
      reject(signal?.reason);
    };
    waiting.push(start);
    signal?.addEventListener('abort', giveUp, { once: true });
  });
}

function take({ scope }: Turn): ReaderProcess {
  const kept = scope === undefined ? undefined : [...idle.keys()].find((reader) => reader.scope === scope);
  if (kept) {
    forget(kept);
    kept.hold(true);
    return kept;
  }
  if (running + idle.size > children.atOnce) end([...idle.keys()][0]);
  const reader = startReader(scope);
  void reader.ended.then(() => forget(reader));
  return reader;
}

function giveBack(reader: ReaderProcess): void {
  const { bytes = 0, seconds = 0 } = reader.usage() ?? {};
  const worn =
    reader.wear >= children.wearEach || bytes > children.retireAboveBytes || seconds > children.retireAfterSeconds;
  if (worn || reader.scope === undefined) end(reader);
  else {
    reader.hold(false);
    idle.set(reader, setTimeout(() => end(reader), children.idleSeconds * 1000).unref());
  }
}

function end(reader: ReaderProcess | undefined): void {
  if (reader) forget(reader);
  reader?.kill();
}

function forget(reader: ReaderProcess): void {
  clearTimeout(idle.get(reader));
  idle.delete(reader);
}
