import { callbackify } from 'node:util';
import type { Request } from 'express';
import session, { type SessionData } from 'express-session';
import { cached } from '../database/cached.js';
import { changedTopic, changeRow, deleteRow, insertRow, readRow, sessionKey, touchRow } from './session-rows.js';

const touchMs = 60_000;
const cacheSeconds = 10;
const mostKept = 10_000;

/** `reading` may be up to a moment old, `writing` asks the database every time. Both are the same rows. */
export interface SessionStores {
  readonly reading: session.Store;
  readonly writing: session.Store;
}

export function sessionStores(): SessionStores {
  const touched = new Map<string, number>();
  const rows = cached({ topic: changedTopic, seconds: cacheSeconds, most: mostKept, load: readRow });
  return { reading: new SessionRows(rows.get, touched), writing: new SessionRows(readRow, touched) };
}

// A class because express-session asks for a subclass of its Store.
class SessionRows extends session.Store {
  readonly #read: (key: string) => Promise<string | undefined>;
  readonly #touched: Map<string, number>;
  /** What the row of a session holds: a session that is not here has none yet. */
  readonly #stored = new WeakMap<object, string>();

  constructor(read: (key: string) => Promise<string | undefined>, touched: Map<string, number>) {
    super();
    this.#read = read;
    this.#touched = touched;
  }

  override get(sid: string, done: (error: unknown, data?: SessionData | null) => void): void {
    const read = async (): Promise<SessionData | null> => {
      const text = await this.#read(sessionKey(sid));
      return text === undefined ? null : JSON.parse(text);
    };
    callbackify(read)(done);
  }

  override createSession(request: Request, data: SessionData) {
    const stored = super.createSession(request, data);
    this.#stored.set(stored, JSON.stringify(stored));
    return stored;
  }

  override set(sid: string, data: SessionData, done: (error?: unknown) => void = () => {}): void {
    callbackify(() => this.#save(sid, data))(done);
  }

  async #save(sid: string, data: SessionData): Promise<void> {
    const text = JSON.stringify(data);
    const known = this.#stored.get(data);
    // express-session saves a regenerated session again when the answer ends, though it was saved already.
    if (known === text) return;
    this.#noteTouch(sessionKey(sid));
    await (known === undefined ? insertRow : changeRow)(sessionKey(sid), data);
    this.#stored.set(data, text);
  }

  override destroy(sid: string, done: (error?: unknown) => void = () => {}): void {
    this.#touched.delete(sessionKey(sid));
    callbackify(() => deleteRow(sessionKey(sid)))(done);
  }

  /** At most one write a minute and session, and nobody waits for it: idle sessions end up to a minute early. */
  override touch(sid: string, data: SessionData, done: () => void = () => {}): void {
    const key = sessionKey(sid);
    if (Date.now() - (this.#touched.get(key) ?? 0) >= touchMs) {
      this.#noteTouch(key);
      touchRow(key, data);
    }
    done();
  }

  #noteTouch(key: string): void {
    this.#touched.delete(key);
    this.#touched.set(key, Date.now());
    const oldest = this.#touched.keys().next().value;
    if (this.#touched.size > mostKept && oldest !== undefined) this.#touched.delete(oldest);
  }
}
