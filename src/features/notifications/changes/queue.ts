import { log } from '../../../log.js';

/** One event to come: things that changed one after the other, or a decision that moved on. */
export interface Told {
  readonly changed?: readonly string[];
  readonly decision?: string;
  /** After it. */
  readonly position: string;
}

const everything = '*';
/** A page that reads so slowly is told to look at everything. */
const mostWaiting = 500;

/**
 * What a page is to be told, in the order in which it was heard, while it is told of what came before. What changes again
 * meanwhile is told once, in its last place.
 */
export function newQueue(tell: (batch: readonly Told[]) => Promise<void>) {
  let waiting = new Map<string, string>();
  let busy = false;

  const go = async () => {
    while (waiting.size > 0) {
      const batch = together(waiting);
      waiting = new Map();
      await tell(batch).catch((error: unknown) => {
        log().warn({ err: error }, 'a page could not be told');
        all(batch.at(-1)?.position ?? '');
      });
    }
    busy = false;
  };
  const put = (key: string, position: string) => {
    waiting.delete(key);
    waiting.set(key, position);
    if (busy) return;
    busy = true;
    // What is heard in the same moment is told together.
    queueMicrotask(() => void go());
  };
  const all = (position: string) => {
    waiting.clear();
    put(everything, position);
  };

  return {
    isIdle: () => !busy,
    add: (key: string, position: string): void =>
      waiting.has(everything) || waiting.size >= mostWaiting ? all(position) : put(key, position),
    everything: all,
  };
}

function together(waiting: ReadonlyMap<string, string>): Told[] {
  const batch: Told[] = [];
  for (const [key, position] of waiting) {
    const [kind, id = ''] = key.split(':');
    const last = batch.at(-1);
    if (kind === 'decision') batch.push({ decision: id, position });
    else if (last?.changed) batch[batch.length - 1] = { changed: [...last.changed, key], position };
    else batch.push({ changed: [key], position });
  }
  return batch;
}
