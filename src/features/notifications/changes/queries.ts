import type { TenantDatabase } from '../../../database/database.js';
import { newId } from '../../../database/id.js';
import { sql } from '../../../database/sql.js';
import { type Change, markKind } from './change.js';

/** When this commits, the open pages that show it, of those who may see it, look again. */
export async function tellChange(db: TenantDatabase, { kind, id, to }: Change): Promise<void> {
  await db.run(sql`
    select jobs.tell_change(${markKind}, ${newId()}, null), jobs.tell_change(${kind}, ${id}, ${to ? [...to] : null}::uuid[])
  `);
}
