import pg from 'pg';
import { databaseOn } from '../database/scope.js';
import { log } from '../log.js';
import { unlockJobsOfTheDead } from './queries.js';

const roundMs = 10_000;
const retryMs = 1000;

export interface SignOfLife {
  end(): Promise<void>;
}

/**
 * Holds a connection under this worker's name for as long as the process lives: when it is killed, Postgres sees the
 * connection end, and whoever still lives, or starts, takes up what it had begun.
 */
export function showSignOfLife(settings: pg.ClientConfig, worker: string): SignOfLife {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let [found, ended] = [false, false];

  const again = (work: () => Promise<void>, ms: number) => {
    clearTimeout(timer);
    if (!ended) timer = setTimeout(() => void work(), ms).unref();
  };
  const look = async () => {
    try {
      const dead = client ? await unlockJobsOfTheDead(databaseOn(client)) : 0;
      if (dead > 0) log().info({ workers: dead }, 'took up the jobs of workers that are gone');
      again(look, roundMs);
    } catch (error) {
      log().warn({ err: error }, 'could not look for jobs of workers that are gone');
      again(client ? look : connect, client ? roundMs : retryMs);
    }
  };
  const connect = async () => {
    const next = new pg.Client({ ...settings, application_name: worker });
    const lost = () => {
      if (client === next) client = undefined;
      again(connect, retryMs);
    };
    next.on('error', lost);
    try {
      await next.connect();
      next.on('end', lost);
      client = next;
      if (ended) await next.end();
      // After a gap the others may still be finding their way back: they are not dead.
      else if (found) again(look, roundMs);
      else await look();
      found = true;
    } catch {
      lost();
    }
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
