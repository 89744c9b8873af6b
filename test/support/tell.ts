import { tellHere } from '../../src/database/shared.js';
import type { TestDatabase } from './database.js';

/** What a test changed in the database itself: other processes hear of it soon, this one before its next request. */
export async function tell({ admin }: TestDatabase, topic: string, ids: readonly string[]): Promise<void> {
  await admin.query(`select pg_notify('bailiwick', $1 || ':' || id) from unnest($2::text[]) as id`, [topic, ids]);
  for (const id of ids) tellHere(topic, id);
}
