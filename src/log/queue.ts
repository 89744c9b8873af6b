export interface Queue {
  push(item: Buffer): void;
  take(): Buffer | undefined;
  readonly length: number;
  /** How many went because there was no room, since this was asked last. */
  takeDropped(): number;
}

/** What waits, up to so many bytes; beyond them the oldest goes. */
export function boundedQueue(mostBytes: number): Queue {
  const waiting: Buffer[] = [];
  let bytes = 0;
  let dropped = 0;
  const take = () => {
    const first = waiting.shift();
    bytes -= first?.length ?? 0;
    return first;
  };
  return {
    push(item) {
      waiting.push(item);
      bytes += item.length;
      while (bytes > mostBytes) {
        take();
        dropped += 1;
      }
    },
    take,
    get length() {
      return waiting.length;
    },
    takeDropped() {
      const count = dropped;
      dropped = 0;
      return count;
    },
  };
}
