import { busIsLive, onPublished, onRevived } from './shared.js';

export interface Cached<T> {
  get(key: string): Promise<T>;
  forget(key: string): void;
}

/**
 * A small cache over a lookup, emptied key by key through the bus: what another process changes is gone here when its
 * notice arrives, and while the bus is down nothing is cached. Seconds bound how long a lost notice could matter.
 */
export function cached<T>(options: {
  topic: string;
  seconds: number;
  most: number;
  load(key: string): Promise<T>;
}): Cached<T> {
  const entries = new Map<string, { value: T; until: number }>();
  let changes = 0;
  let subscribed = false;

  const forget = (key: string) => {
    changes += 1;
    entries.delete(key);
  };
  const subscribe = () => {
    onPublished(options.topic, forget);
    onRevived(() => {
      changes += 1;
      entries.clear();
    });
    subscribed = true;
  };

  return {
    forget,
    async get(key) {
      if (!subscribed) subscribe();
      const known = entries.get(key);
      if (known && known.until > Date.now() && busIsLive()) return known.value;
      const before = changes;
      const value = await options.load(key);
      if (before === changes) {
        entries.delete(key);
        entries.set(key, { value, until: Date.now() + options.seconds * 1000 });
        if (entries.size > options.most) entries.delete(entries.keys().next().value ?? key);
      }
      return value;
    },
  };
}
