import { setTimeout as pause } from 'node:timers/promises';
import { log } from '../../../log.js';

const renewEveryMs = 5000;
const lookEveryMs = 1000;
const retryMs = 250;

interface Kept {
  /** All that was said so far. */
  said(): string;
  /** Writes it down and renews the lease. Zero: the answer is no longer this process's. */
  save(text: string): Promise<number>;
  /** What was written down just now, for those who watch. */
  show(text: string): void;
  /** Deleted meanwhile, or taken over by others because this process had stood still. */
  lost(): void;
}

export interface Keeper {
  /** More was said. */
  wake(): void;
  /** Answers how many characters were shown. Nothing is shown afterwards. */
  stop(): Promise<number>;
}

/**
 * Words are shown once they are written down, so that nobody saw what a crash could take back. The first ones go at once;
 * then as often as the database bears: what arrives while it writes goes together with the next.
 */
export function keepWords({ said, save, show, lost }: Kept): Keeper {
  const stopped = new AbortController();
  const { signal } = stopped;
  let shown = 0;
  let keptAt = Date.now();

  const writing = oneAtATime(async () => {
    for (let due = true; due && !signal.aborted; due = whole(said()).length > shown) {
      const text = whole(said());
      const { rows, waitMs } = await tryToSave(save, text);
      if (rows === 0) {
        stopped.abort();
        return lost();
      }
      if (rows !== undefined) {
        keptAt = Date.now();
        if (text.length > shown) show(text.slice(shown));
        shown = text.length;
      }
      await pause(waitMs, undefined, { signal }).catch(() => undefined);
    }
  });
  const wake = () => {
    if (!signal.aborted) writing.start();
  };
  const timer = setInterval(() => {
    if (Date.now() - keptAt >= renewEveryMs) wake();
  }, lookEveryMs);
  return {
    wake,
    async stop() {
      clearInterval(timer);
      stopped.abort();
      await writing.ended();
      return shown;
    },
  };
}

/** Answers how long to wait before the next try, and no rows when the database would not. */
async function tryToSave(save: Kept['save'], text: string): Promise<{ rows: number | undefined; waitMs: number }> {
  const began = performance.now();
  try {
    const rows = await save(text);
    return { rows, waitMs: pace(performance.now() - began, text.length) };
  } catch (error) {
    log().warn({ err: error }, 'an answer could not be kept yet');
    return { rows: undefined, waitMs: retryMs };
  }
}

/** To start what runs already is to leave it running. */
function oneAtATime(work: () => Promise<void>) {
  let running: Promise<void> | undefined;
  return {
    start() {
      running ??= work().finally(() => {
        running = undefined;
      });
    },
    ended: async () => running,
  };
}

/** Milliseconds to the next write: longer for long texts and for a busy database, and never so long that one would notice. */
function pace(tookMs: number, characters: number): number {
  return Math.min(1000, Math.max(50, tookMs * 8, characters / 40));
}

/** A character may arrive in two halves, and half a one cannot be sealed. */
function whole(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? text.slice(0, -1) : text;
}
