/** After this many failures in a row a provider is left alone for a while. */
const FAILURES = 5;
const PAUSE_MS = 30_000;

export interface Breaker {
  /** Whether to ask others first. */
  isOpen(): boolean;
  /** Call just before asking. After the pause the first caller is the trial; the others see it open until it is decided. */
  asked(): void;
  succeeded(): void;
  failed(): void;
}

/** `now` in milliseconds, never going back. */
export function circuitBreaker(now: () => number = () => performance.now()): Breaker {
  let failures = 0;
  let openUntil = 0;
  const pauseIfTripped = () => {
    if (failures >= FAILURES) openUntil = now() + PAUSE_MS;
  };
  return {
    isOpen: () => failures >= FAILURES && now() < openUntil,
    asked: pauseIfTripped,
    succeeded() {
      failures = 0;
    },
    failed() {
      failures += 1;
      pauseIfTripped();
    },
  };
}
