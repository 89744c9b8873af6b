import pg from 'pg';
import { log } from '../log.js';
import type { Database } from './database.js';
import { databaseOn } from './scope.js';

const roundMs = 10_000;
const retryMs = 1000;

export interface SignOfLife {
  end(): Promise<void>;
}

type Look = (db: Database) => Promise<void>;

interface Sign {
  readonly settings: pg.ClientConfig;
  readonly look: Look;
  client?: pg.Client | undefined;
  timer?: NodeJS.Timeout;
  /** Whether it was connected before. */
  found: boolean;
  ended: boolean;
}

/**
 * Holds a connection under a name for as long as the process lives: when it is killed, Postgres sees the connection
 * end, and `look`, which every living one calls on its own connection every ten seconds, can see who is missing.
 */
export function showSignOfLife(settings: pg.ClientConfig, name: string, look: Look): SignOfLife {
  const sign: Sign = { settings: { ...settings, application_name: name }, look, found: false, ended: false };
  void connect(sign);
  return {
    async end() {
      sign.ended = true;
      clearTimeout(sign.timer);
      await sign.client?.end().catch(() => {});
    },
  };
}

async function connect(sign: Sign): Promise<void> {
  const next = new pg.Client(sign.settings);
  const lost = () => {
    if (sign.client === next) sign.client = undefined;
    again(sign, connect, retryMs);
  };
  next.on('error', lost);
  try {
    await next.connect();
  } catch {
    return lost();
  }
  next.on('end', lost);
  sign.client = next;
  if (sign.ended) return void (await next.end());
  // After a gap the others may still be finding their way back: they are not gone.
  if (sign.found) again(sign, round, roundMs);
  else await round(sign);
  sign.found = true;
}

async function round(sign: Sign): Promise<void> {
  const present = sign.client;
  if (!present) return;
  try {
    await sign.look(databaseOn(present));
  } catch (error) {
    log().warn({ err: error }, 'could not look who is gone');
  }
  if (sign.client === present) again(sign, round, roundMs);
}

function again(sign: Sign, work: (sign: Sign) => Promise<void>, ms: number): void {
  clearTimeout(sign.timer);
  if (!sign.ended) sign.timer = setTimeout(() => void work(sign), ms).unref();
}
