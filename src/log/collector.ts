import { collectorAt } from './address.js';
import { type Link, openLink } from './link.js';
import { asMessage, framed } from './message.js';
import { boundedQueue } from './queue.js';

export interface Collector {
  /** Takes a line of the log. Never waits, never throws. */
  write(line: string): void;
  /** Resolves when nothing waits any more, or after so many milliseconds. */
  flush(ms: number): Promise<void>;
  close(): void;
}

export interface CollectorOptions {
  /** What waits at most while the collector does not take it; beyond it the oldest lines go. */
  readonly mostBytes?: number;
  readonly retryMs?: number;
  /** Told to both logs: that the collector is lost or back, and how many lines are missing there. */
  readonly notice: (fields: Readonly<Record<string, unknown>>, text: string) => void;
}

const usualBytes = 4 * 1024 * 1024;
const usualRetryMs = 2000;

/**
 * The second log, on another machine: syslog over TLS (RFC 5424, RFC 5425). Lines that cannot be handed over wait, and those
 * for which there is no room are counted and told. What was on its way when a connection broke is lost: syslog has no receipts.
 */
export function openCollector(address: string, options: CollectorOptions): Collector {
  const { mostBytes = usualBytes, retryMs = usualRetryMs, notice } = options;
  const to = collectorAt(address);
  const queue = boundedQueue(mostBytes);
  const send = (link: Link) => {
    // What a socket holds is bounded by nobody: it gets no more before it has taken the last.
    while (queue.length > 0 && link.isReady()) link.write(queue.take() ?? Buffer.alloc(0));
    if (queue.length > 0) return;
    const lines = queue.takeDropped();
    if (lines > 0) notice({ lines }, 'the second log lacks lines: there was no room for them while it took none');
  };
  const link = openLink(to, {
    retryMs,
    onReady: send,
    onLost: (error) => notice({ err: error, host: to.host }, 'the second log is not reached; lines wait for it'),
    onBack: () => notice({ host: to.host }, 'the second log is reached again'),
  });
  return {
    write(line) {
      queue.push(framed(asMessage(line)));
      send(link);
    },
    async flush(ms) {
      const until = Date.now() + ms;
      while ((queue.length > 0 || link.isSending()) && Date.now() < until)
        await new Promise((resolve) => setTimeout(resolve, 10));
    },
    close: link.close,
  };
}
