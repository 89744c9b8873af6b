import pg from 'pg';
import { log } from '../log.js';
import type { Database } from './database.js';
import { databaseOn } from './scope.js';

const roundMs = 10_000;
const retryMs = 1000;

export interface SignOfLife {
  end(): Promise<void>;
}

/**
 * Holds a connection under a name for as long as the process lives: when it is killed, Postgres sees the connection
 * end, and `look`, which every living one calls on its own connection every ten seconds, can see who is missing.
 */
export function showSignOfLife(
  settings: pg.ClientConfig,
  name: string,
  look: (db: Database) => Promise<void>,
): SignOfLife {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let [found, ended] = [false, false];

  const again = (work: () => Promise<void>, ms: number) => {
    clearTimeout(timer);
    if (!ended) timer = setTimeout(() => void work(), ms).unref();
  };
  const round = async () => {
    const present = client;
    if (!present) return;
    try {
      await look(databaseOn(present));
    } catch (error) {
      log().warn({ err: error }, 'could not look who is gone');
    }
    if (client === present) again(round, roundMs);
  };
  const connect = async () => {
    const next = new pg.Client({ ...settings, application_name: name });
    const lost = () => {
      if (client === next) client = undefined;
      again(connect, retryMs);
    };
    next.on('error', lost);
    try {
      await next.connect();
    } catch {
      return lost();
    }
    next.on('end', lost);
    client = next;
    if (ended) return void (await next.end());
    // After a gap the others may still be finding their way back: they are not gone.
    if (found) again(round, roundMs);
    else await round();
    found = true;
  };
  void connect();
  return {
    async end() {
      ended = true;
      clearTimeout(timer);
      await client?.end().catch(() => {});
    },
  };
}
