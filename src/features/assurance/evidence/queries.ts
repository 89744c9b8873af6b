import { z } from 'zod';
import type { Database, TenantDatabase } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';

const Recorded = z.object({
  events: z.number(),
  since: z.date().nullable(),
  refusals: z.number(),
  decided: z.number(),
  people: z.number(),
});
export type Recorded = z.infer<typeof Recorded>;

/** What the workspace's own tables say of what was done. Counts, and no content. */
export async function countRecorded(db: TenantDatabase): Promise<Recorded> {
  const row = await db.one(
    Recorded,
    sql`
      select count(*) as events, min(at) as since,
        count(*) filter (where outcome = 'refused' and at > now() - interval '90 days') as refusals,
        count(distinct account_id) filter (where at > now() - interval '90 days') as people,
        (select count(*) from decisions where status not in ('waiting', 'expired', 'withdrawn')) as decided
      from audit_events
    `,
  );
  return Recorded.parse(row);
}

const Placed = z.object({ region: z.string(), receipts: z.number() });
export type Placed = z.infer<typeof Placed>;

/** Where the workspace lies, and how many deletions of workspaces this installation has a receipt of. */
export async function findPlaced(db: Database, tenantId: string): Promise<Placed> {
  const row = await db.one(
    Placed,
    sql`
      select t.region, (select count(*) from shared.deletions where finished_at is not null) as receipts
      from shared.tenants t
      where t.id = ${tenantId}
    `,
  );
  return Placed.parse(row);
}
