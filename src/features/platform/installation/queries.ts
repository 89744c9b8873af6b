import { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';

const Overview = z.object({
  standby: z.number(),
  active: z.number(),
  suspended: z.number(),
  deleting: z.number(),
  behind: z.number(),
  accounts: z.number(),
  sessions: z.number(),
  shared: z.array(z.string()),
  postgres: z.string(),
});
export type Overview = z.infer<typeof Overview>;

/** How the installation is. `behind` are schemas that lack one of these migrations, `shared` those that are applied. */
export async function getOverview(db: Database, versions: readonly string[]): Promise<Overview> {
  const row = await db.one(
    Overview,
    sql`
      select
        count(*) filter (where t.status = 'standby') as standby,
        count(*) filter (where t.status = 'active') as active,
        count(*) filter (where t.status = 'active' and t.suspended_at is not null) as suspended,
        count(*) filter (where t.status = 'deleting') as deleting,
        count(*) filter (
          where t.status <> 'deleting'
            and (
              select count(*) from shared.migrations m where m.schema_name = t.id and m.version = any (${versions})
            ) < ${versions.length}::integer
        ) as behind,
        (select count(*) from shared.accounts) as accounts,
        (select count(*) from shared.sessions where account_id is not null and expire > now()) as sessions,
        (
          select coalesce(array_agg(version order by version), '{}')
          from shared.migrations
          where schema_name = 'shared'
        ) as shared,
        current_setting('server_version') as postgres
      from shared.tenants t
    `,
  );
  return Overview.parse(row);
}

const DeletionLine = z.object({
  id: z.uuid(),
  slug: z.string(),
  name: z.string(),
  requestedAt: z.date(),
  finishedAt: z.date().nullable(),
});

/** The newest receipts. */
export async function listDeletions(db: Database, most = 50) {
  return db.many(
    DeletionLine,
    sql`
      select id, slug, name, requested_at, finished_at
      from shared.deletions
      order by requested_at desc, id desc
      limit ${most}
    `,
  );
}
