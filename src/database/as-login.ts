import pg from 'pg';
import type { Database } from './database.js';
import { translate } from './failure.js';
import { databaseOn } from './scope.js';
import { settingsOf } from './shared.js';

/** One connection as another of the installation's own logins, for as long as the work takes. */
export async function asLogin<T>(name: string, work: (db: Database) => Promise<T>): Promise<T> {
  const client = new pg.Client(settingsOf(name));
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(databaseOn(client));
  } catch (error) {
    throw translate(error);
  } finally {
    await client.end().catch(() => {});
  }
}
