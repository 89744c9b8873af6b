import pg from 'pg';

type Listener = (id: string) => void;

/** Who wants to hear of what in this process; they outlive a connection. */
export interface Listeners {
  on(topic: string, listener: Listener): () => void;
  /** Tells this process at once, without waiting for the database to echo it. */
  tellHere(topic: string, id: string): void;
}

export interface Bus {
  /** False while the connection is down: what was said then is unknown, so caches must not be trusted. */
  isLive(): boolean;
  close(): Promise<void>;
}

export const channel = 'bailiwick';
const retryMs = 1000;

export function newListeners(): Listeners {
  const listeners = new Map<string, Set<Listener>>();
  return {
    on(topic, listener) {
      const known = listeners.get(topic) ?? new Set();
      listeners.set(topic, known.add(listener));
      return () => void known.delete(listener);
    },
    tellHere(topic, id) {
      for (const listener of listeners.get(topic) ?? []) listener(id);
    },
  };
}

interface Hearing {
  readonly listeners: Listeners;
  /** After a gap, when anything may have been missed. */
  onRevived(): void;
}

/** One LISTEN connection a process. Notices carry a topic and an id, never content: any tenant's backend could listen. */
export function openBus(settings: pg.ClientConfig, { listeners, onRevived }: Hearing): Bus {
  let client: pg.Client | undefined;
  let live = false;
  let closed = false;
  const again = newRetry(() => void connect());

  const lost = () => {
    live = false;
    client = undefined;
    if (!closed) again.soon();
  };

  const connect = async () => {
    const next = newClient(settings, listeners);
    next.on('error', lost);
    next.on('end', lost);
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
    isLive: () => live,
    async close() {
      closed = true;
      again.never();
      await client?.end().catch(() => {});
    },
  };
}

/** One try at a time: a lost connection says so more than once. */
function newRetry(tryAgain: () => void) {
  let timer: NodeJS.Timeout | undefined;
  return {
    soon() {
      timer ??= setTimeout(() => {
        timer = undefined;
        tryAgain();
      }, retryMs).unref();
    },
    never: () => clearTimeout(timer),
  };
}

function newClient(settings: pg.ClientConfig, listeners: Listeners): pg.Client {
  const client = new pg.Client({ ...settings, keepAlive: true, connectionTimeoutMillis: 5000 });
  client.on('notification', ({ payload = '' }) => {
    const cut = payload.indexOf(':');
    listeners.tellHere(payload.slice(0, cut), payload.slice(cut + 1));
  });
  return client;
}
