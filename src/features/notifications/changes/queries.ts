import type { TenantDatabase } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import type { Change } from './change.js';

/** When this commits, the open pages that show it, of those who may see it, look again. */
export async function tellChange(db: TenantDatabase, { kind, id, to }: Change): Promise<void> {
  await db.run(sql`select jobs.tell_change(${kind}, ${id}, ${to ? [...to] : null}::uuid[])`);
}
