import { createHash } from 'node:crypto';
import connectPgSimple from 'connect-pg-simple';
import session, { type SessionData } from 'express-session';
import type pg from 'pg';
import type { Database } from '../database/database.js';
import { publish, shared, sharedTransaction, tellHere, webPool } from '../database/shared.js';
import { log } from '../log.js';
import { deleteSession, findSession, updateSession } from './queries.js';

/** AC-10: half an hour without a request ends a session; a workspace may shorten that for its members. */
export const idleSeconds = 30 * 60;

/** Whose row changed; caches forget it. What hangs on a session only when it has ended listens to the second. */
export const changedTopic = 'session';
export const endedTopic = 'session-ended';

/** Only this is stored, published and compared: a reader of the table or the bus cannot use it as a cookie. */
export function sessionKey(sid: string): string {
  return createHash('sha256').update(sid).digest('hex');
}

const PgStore = connectPgSimple(session);
let opened: { pool: pg.Pool; store: InstanceType<typeof PgStore> } | undefined;

function pgStore(): InstanceType<typeof PgStore> {
  const pool = webPool();
  if (opened?.pool !== pool) opened = { pool, store: newPgStore(pool) };
  return opened.store;
}

// Rows are swept by a job and the table comes from a migration: no timer, no DDL here.
function newPgStore(pool: pg.Pool) {
  const errorLog = (...parts: unknown[]) => log().warn({ parts }, 'session store');
  const table = { schemaName: 'shared', tableName: 'sessions', createTableIfMissing: false };
  return new PgStore({ pool, ...table, ttl: idleSeconds, pruneSessionInterval: false, errorLog });
}

export interface SessionRow {
  /** As text: every request gets an object of its own, which express-session then changes. */
  readonly text: string;
  /** Milliseconds since 1970, to the minute: a use is written down once a minute. */
  readonly lastUsedAt: number;
}

export async function readRow(key: string): Promise<SessionRow | undefined> {
  const row = await findSession(shared(), key, new Date());
  return row && { text: row.content, lastUsedAt: row.expire.getTime() - idleSeconds * 1000 };
}

export function insertRow(key: string, data: SessionData): Promise<void> {
  return new Promise((resolve, reject) => {
    pgStore().set(key, data, (error: unknown) => (error ? reject(error) : resolve()));
  });
}

export async function changeRow(key: string, data: SessionData): Promise<void> {
  const expires = new Date(Date.now() + idleSeconds * 1000);
  await sharedTransaction(async (db) => {
    const changed = await updateSession(db, key, JSON.stringify(data), expires);
    if (changed > 0) await publish(db, changedTopic, key);
  });
  tellHere(changedTopic, key);
}

export async function deleteRow(key: string): Promise<void> {
  await sharedTransaction(async (db) => {
    const deleted = await deleteSession(db, key);
    if (deleted > 0) await publishEnd(db, key);
  });
  endHere(key);
}

export async function publishEnd(db: Database, key: string): Promise<void> {
  await publish(db, changedTopic, key);
  await publish(db, endedTopic, key);
}

/** For this process, once the transaction has committed. */
export function endHere(key: string): void {
  tellHere(changedTopic, key);
  tellHere(endedTopic, key);
}

// Losing a touch costs a minute of idle time; the request has its answer already.
export function touchRow(key: string, data: SessionData): void {
  try {
    pgStore().touch(key, data, () => {});
  } catch {
    log().debug('a session was not touched: the database is closed');
  }
}
