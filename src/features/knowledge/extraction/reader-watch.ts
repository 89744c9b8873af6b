import type { Limits } from './limits.js';
import type { ReaderProcess } from './reader-process.js';

export interface Watch {
  /** The child has told of progress; `pages` is how many there are in all, where that gives it more time. */
  readonly progressed: (pages?: number) => void;
  readonly stop: () => void;
}

const everyMs = 100;

/**
 * Looks at a child ten times a second and says what it has exceeded. What counts is the child's own computing, and at least a
 * third of the clock: on a busy machine a file does not become unreadable, and a child that only waits is ended too.
 */
export function watchReader(reader: ReaderProcess, limits: Limits, onExceeded: (message: string) => void): Watch {
  let [allowed, spent, silent] = [limits.seconds, 0, 0];
  let [clock, computed] = [performance.now(), reader.usage()?.seconds ?? 0];
  const timer = setInterval(() => {
    const usage = reader.usage();
    // When this process itself was held up, that was not the child's doing.
    const turn = Math.min(performance.now() - clock, 2.5 * everyMs) / 1000;
    const counted = usage ? Math.max(usage.seconds - computed, turn / 3) : turn;
    [clock, computed] = [performance.now(), usage?.seconds ?? 0];
    [spent, silent] = [spent + counted, silent + counted];
    if (usage && usage.bytes > limits.memoryBytes) onExceeded(tooMuchMemory);
    else if (spent > allowed) onExceeded(tooLong(allowed));
    else if (silent > limits.silentSeconds) onExceeded(tooLong(limits.silentSeconds));
  }, everyMs);
  return {
    progressed(pages = 0) {
      silent = 0;
      allowed = Math.max(allowed, Math.min(limits.mostSeconds, pages * limits.secondsPerPage));
    },
    stop: () => clearInterval(timer),
  };
}

export const tooMuchMemory =
  'Reading this file takes more memory than one file may use. Split it, or save it as PDF or plain text, and upload that.';

function tooLong(seconds: number): string {
  return `This file could not be read within ${seconds} seconds. Split it, or save it as PDF or plain text, and upload that.`;
}
