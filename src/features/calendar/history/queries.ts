import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import { accountOf, type TenantContext } from '../../../tenancy/context.js';

export const changes = ['updated', 'cancelled', 'restored', 'undone'] as const;
export type Change = (typeof changes)[number];

export interface NewVersion {
  readonly id: string;
  readonly version: number;
  readonly change: Change;
  /** The event before this change. */
  readonly snapshot: string;
}

export async function insertVersion(db: TenantDatabase, context: TenantContext, given: NewVersion): Promise<void> {
  const { id, version, change } = given;
  const snapshot = db.seal('calendar_versions.snapshot', `${id}|${version}`, given.snapshot);
  await db.run(sql`
    insert into calendar_versions (event_id, version, change, snapshot, account_id, actor_name)
    values (
      ${id}, ${version}, ${change}, ${snapshot}, ${accountOf(context.actor) ?? null}, ${context.actor.name}
    )
  `);
}

const Listed = z.object({ version: z.number(), change: z.enum(changes), actorName: z.string(), createdAt: z.date() });

/** The newest first. */
export function listVersions(db: TenantDatabase, id: string) {
  return db.many(
    Listed,
    sql`
      select version, change, actor_name, created_at
      from calendar_versions
      where event_id = ${id}
      order by version desc
      limit 20
    `,
  );
}

export async function findVersion(db: TenantDatabase, id: string, version: number): Promise<string | undefined> {
  const row = await db.one(
    z.object({ snapshot: z.instanceof(Buffer) }),
    sql`select snapshot from calendar_versions where event_id = ${id} and version = ${version}`,
  );
  return row && db.openText('calendar_versions.snapshot', `${id}|${version}`, row.snapshot);
}
