/** What a running turn tells whoever watches: `text`, `tool`, `citations`, `done`, `failed`. */
export interface TurnEvent {
  readonly event: 'text' | 'tool' | 'citations' | 'done' | 'failed';
  readonly data: object;
}

export interface EventLog {
  push(event: TurnEvent): void;
  /** No more events come. */
  end(): void;
  /** From the first event on, whenever one begins to read. Texts that wait together come as one. Ends with the log. */
  read(signal: AbortSignal): AsyncGenerator<TurnEvent, void, void>;
}

/** Everything that a turn said, kept while it runs, so that a reloaded page misses nothing. */
export function newEventLog(): EventLog {
  const events: TurnEvent[] = [];
  const waiting = new Set<() => void>();
  let ended = false;
  let waking = false;

  // One wake-up for all that arrives in the same round of the event loop: fifty tokens become one write.
  const wake = () => {
    if (waking) return;
    waking = true;
    setImmediate(() => {
      waking = false;
      for (const resume of waiting) resume();
      waiting.clear();
    });
  };
  return {
    push(event) {
      events.push(event);
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    async *read(signal) {
      let at = 0;
      while (!signal.aborted) {
        const ready = events.slice(at);
        at = events.length;
        yield* joined(ready);
        if (at < events.length) continue;
        if (ended) return;
        await woken(waiting, signal);
      }
    },
  };
}

function woken(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      signal.removeEventListener('abort', done);
      waiting.delete(done);
      resolve();
    };
    waiting.add(done);
    signal.addEventListener('abort', done, { once: true });
  });
}

function* joined(events: readonly TurnEvent[]): Generator<TurnEvent, void, void> {
  let text = '';
  for (const event of events) {
    if (event.event === 'text' && 'text' in event.data) {
      text += String(event.data.text);
      continue;
    }
    if (text) yield { event: 'text', data: { text } };
    text = '';
    yield event;
  }
  if (text) yield { event: 'text', data: { text } };
}
