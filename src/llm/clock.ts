import { ProviderFailure } from './provider-failure.js';

/** A server that keeps the connection open after the end of its answer is given this long before it loses it. */
const CLOSING_MS = 1_000;

export interface Clock {
  /** Aborted when time is up (the reason is a ProviderFailure) or when the caller aborts (the reason is the caller's). */
  readonly signal: AbortSignal;
  /** From here on it is the provider who is awaited; time that our own reader takes is not held against it. */
  waiting(): void;
  /** A part of the answer came. */
  arrived(): void;
  /** The answer is complete, only the connection is still to be ended. */
  closing(): void;
  /** Ends the request at the provider if it still runs. */
  abort(): void;
  /** Call in any case: frees the timers and lets go of the caller's signal. */
  stop(): void;
}

interface ClockLimits {
  /** Milliseconds without any part of an answer, before the first one and between two. */
  readonly silence: number;
  /** Milliseconds altogether. */
  readonly total: number;
  readonly signal: AbortSignal;
}

/** Not AbortSignal.any and AbortSignal.timeout: on Node 20 a long-lived signal keeps what was derived from it. */
export function startClock({ silence, total, signal }: ClockLimits): Clock {
  const controller = new AbortController();
  let began = false;
  let awaited = true;
  const onSilence = () => {
    if (!awaited) return void silent.refresh();
    const what = began ? 'sent nothing for' : 'did not answer within';
    controller.abort(new ProviderFailure(`${what} ${seconds(silence)}`));
  };
  const onTotal = () => controller.abort(new ProviderFailure(`did not finish within ${seconds(total)}`));
  const onAbort = () => controller.abort(signal.reason);
  const silent = setTimeout(onSilence, silence);
  let end = setTimeout(onTotal, total);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  const abort = () => controller.abort();
  return {
    signal: controller.signal,
    waiting() {
      if (!awaited) silent.refresh();
      awaited = true;
    },
    arrived() {
      began = true;
      awaited = false;
    },
    closing() {
      clearTimeout(silent);
      clearTimeout(end);
      end = setTimeout(abort, CLOSING_MS);
    },
    abort,
    stop() {
      clearTimeout(silent);
      clearTimeout(end);
      signal.removeEventListener('abort', onAbort);
    },
  };
}

const seconds = (milliseconds: number) => `${Math.round(milliseconds / 100) / 10} s`;
