/** What a running turn tells whoever watches: `text`, `tool`, `citations`, `done`, `failed`. */
export interface TurnEvent {
  readonly event: 'text' | 'tool' | 'citations' | 'done' | 'failed';
  readonly data: object;
}

export interface EventLog {
  push(event: TurnEvent): void;
  /** No more events come. */
  end(): void;
  /**
   * From the first event on, whenever one begins to read, but for the first `known` characters of the text. Texts that
   * wait together come as one. Ends with the log.
   */
  read(signal: AbortSignal, known?: number): AsyncGenerator<PlacedEvent, void, void>;
  /** Characters of text so far. */
  length(): number;
}

/** `at`: how many characters of the answer its reader has with this event, whichever process sent it. */
export type PlacedEvent = TurnEvent & { readonly at: number };

/** Everything that a turn said, kept while it runs, so that a reloaded page misses nothing. */
export function newEventLog(): EventLog {
  const events: TurnEvent[] = [];
  const readers = newReaders();
  let ended = false;
  let length = 0;

  return {
    push(event) {
      events.push(event);
      length += textIn(event).length;
      readers.wake();
    },
    length: () => length,
    end() {
      ended = true;
      readers.wake();
    },
    async *read(signal, known = 0) {
      let next = 0;
      let at = 0;
      while (!signal.aborted) {
        const ready = events.slice(next);
        next = events.length;
        for (const event of joined(ready)) {
          const before = at;
          at += textIn(event).length;
          if (event.event !== 'text') yield { ...event, at: Math.max(at, known) };
          else if (at > known)
            yield { event: 'text', data: { text: textIn(event).slice(Math.max(0, known - before)) }, at };
        }
        if (next < events.length) continue;
        if (ended) return;
        await readers.woken(signal);
      }
    },
  };
}

/** Those who have read all there is. */
function newReaders() {
  const waiting = new Set<() => void>();
  let waking = false;
  return {
    /** Once for all that arrives in the same round of the event loop: fifty tokens become one write. */
    wake() {
      if (waking) return;
      waking = true;
      setImmediate(() => {
        waking = false;
        for (const resume of waiting) resume();
        waiting.clear();
      });
    },
    /** When there may be more to read, or the reader has gone. */
    woken: (signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        const done = () => {
          signal.removeEventListener('abort', done);
          waiting.delete(done);
          resolve();
        };
        waiting.add(done);
        signal.addEventListener('abort', done, { once: true });
      }),
  };
}

function* joined(events: readonly TurnEvent[]): Generator<TurnEvent, void, void> {
  let text = '';
  for (const event of events) {
    if (event.event === 'text') {
      text += textIn(event);
      continue;
    }
    if (text) yield { event: 'text', data: { text } };
    text = '';
    yield event;
  }
  if (text) yield { event: 'text', data: { text } };
}

const textIn = ({ event, data }: TurnEvent): string => (event === 'text' && 'text' in data ? String(data.text) : '');
