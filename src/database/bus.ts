import pg from 'pg';

type Listener = (id: string) => void;

export interface Bus {
  on(topic: string, listener: Listener): () => void;
  /** Tells this process at once, without waiting for the database to echo it. */
  tellHere(topic: string, id: string): void;
  /** False while the connection is down: what was said then is unknown, so caches must not be trusted. */
  isLive(): boolean;
  close(): Promise<void>;
}

export const channel = 'bailiwick';
const retryMs = 1000;

/**
 * One LISTEN connection a process. Notices carry a topic and an id, never content: any tenant's backend could listen.
 * `onRevived` runs after a gap, when anything may have been missed.
 */
export function openBus(settings: pg.ClientConfig, onRevived: () => void): Bus {
  const listeners = new Map<string, Set<Listener>>();
  let client: pg.Client | undefined;
  let live = false;
  let closed = false;
  let retry: NodeJS.Timeout | undefined;

  const tellHere = (topic: string, id: string) => {
    for (const listener of listeners.get(topic) ?? []) listener(id);
  };

  const lost = () => {
    live = false;
    client = undefined;
    if (closed || retry) return;
    retry = setTimeout(() => {
      retry = undefined;
      void connect();
    }, retryMs);
    retry.unref();
  };

  const connect = async () => {
    const next = new pg.Client({ ...settings, keepAlive: true, connectionTimeoutMillis: 5000 });
    next.on('error', lost);
    next.on('end', lost);
    next.on('notification', ({ payload = '' }) => {
      const cut = payload.indexOf(':');
      tellHere(payload.slice(0, cut), payload.slice(cut + 1));
    });
    try {
      await next.connect();
      await next.query(`listen ${channel}`);
      if (closed) return void (await next.end());
      client = next;
      live = true;
      onRevived();
    } catch {
      lost();
    }
  };
  void connect();

  return {
    on(topic, listener) {
      const known = listeners.get(topic) ?? new Set();
      listeners.set(topic, known.add(listener));
      return () => void known.delete(listener);
    },
    tellHere,
    isLive: () => live,
    async close() {
      closed = true;
      clearTimeout(retry);
      await client?.end().catch(() => {});
    },
  };
}
