import type { Database } from '../database/database.js';
import { sql } from '../database/sql.js';
import type { When } from './job.js';

interface Order {
  readonly name: string;
  readonly payload: object;
  readonly when: When;
}

export async function enqueue(db: Database, { name, payload, when }: Order): Promise<void> {
  await db.run(
    sql`select jobs.enqueue(${name}, ${JSON.stringify(payload)}::jsonb, ${when.key ?? null}, ${when.at ?? null})`,
  );
}

export async function enqueueForTenant(db: Database, { name, payload, when }: Order): Promise<void> {
  await db.run(
    sql`select jobs.enqueue_tenant(${name}, ${JSON.stringify(payload)}::jsonb, ${when.key ?? null}, ${when.at ?? null})`,
  );
}
