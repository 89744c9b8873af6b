const rounds = 20;
const tickMs = 1000;

/**
 * Calls every member once in 20 seconds, from one timer and a twentieth of them a second, so that thousands of open
 * streams do not all wake at once. The timer exists only while there are members.
 */
export function newHeartbeat() {
  const buckets = Array.from({ length: rounds }, () => new Set<() => void>());
  let timer: NodeJS.Timeout | undefined;
  let round = 0;
  let count = 0;

  const tick = () => {
    round = (round + 1) % rounds;
    for (const beat of buckets[round] ?? []) beat();
  };

  return {
    /** Answers how to leave. */
    join(beat: () => void): () => void {
      const bucket = buckets.reduce((least, next) => (next.size < least.size ? next : least));
      bucket.add(beat);
      count += 1;
      timer ??= setInterval(tick, tickMs).unref();
      return () => {
        if (!bucket.delete(beat)) return;
        count -= 1;
        if (count > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}
