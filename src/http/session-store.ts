import { callbackify } from 'node:util';
import type { Request } from 'express';
import session, { type SessionData } from 'express-session';
import { cached } from '../database/cached.js';
import { log } from '../log.js';
import { signInPolicyOf } from '../tenancy/directory.js';
import {
  changedTopic,
  changeRow,
  deleteRow,
  insertRow,
  readRow,
  type SessionRow,
  sessionKey,
  touchRow,
} from './session-rows.js';

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

type ReadRow = (key: string) => Promise<SessionRow | undefined>;

/** Judged at each use and by the strictest of the account's workspaces, so that nothing is written when that changes. */
async function wasIdleTooLong(accountId: string, lastUsedAt: number): Promise<boolean> {
  const { idleMinutes } = await signInPolicyOf(accountId);
  return Date.now() - lastUsedAt >= idleMinutes * 60_000;
}

// A class because express-session asks for a subclass of its Store.
class SessionRows extends session.Store {
  readonly #read: ReadRow;
  readonly #touched: Map<string, number>;
  /** What the row of a session holds: a session that is not here has none yet. */
  readonly #stored = new WeakMap<object, string>();

  constructor(read: ReadRow, touched: Map<string, number>) {
    super();
    this.#read = read;
    this.#touched = touched;
  }

  override get(sid: string, done: (error: unknown, data?: SessionData | null) => void): void {
    callbackify(() => this.#find(sessionKey(sid)))(done);
  }

  async #find(key: string): Promise<SessionData | null> {
    const row = await this.#read(key);
    if (!row) return null;
    const data: SessionData = JSON.parse(row.text);
    // A row that is remembered for seconds does not know of a use that this process saw since.
    const lastUsedAt = Math.max(row.lastUsedAt, this.#touched.get(key) ?? 0);
    if (!data.accountId || !(await wasIdleTooLong(data.accountId, lastUsedAt))) return data;
    await deleteRow(key).catch((error: unknown) => log().warn({ err: error }, 'an idle session was not deleted'));
    return null;
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
