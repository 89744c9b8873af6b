import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import { type Change, Changes, type Comparison } from './comparison.js';

const ComparisonRow = z.object({
  version: z.number(),
  same: z.number(),
  added: z.number(),
  removed: z.number(),
  changed: z.number(),
  body: z.instanceof(Buffer),
  createdAt: z.date(),
});

export interface KeptComparison extends Comparison {
  /** The version that changed it. */
  readonly version: number;
  readonly createdAt: Date;
}

/** In place of the one before: only what the newest version changed is kept. */
export async function saveComparison(
  db: TenantDatabase,
  documentId: string,
  { version, same, added, removed, changed, changes }: Comparison & { readonly version: number },
): Promise<void> {
  const body = db.seal('document_comparisons.body', documentId, JSON.stringify(changes));
  await db.run(sql`
    insert into document_comparisons (document_id, version, same, added, removed, changed, body)
    values (${documentId}, ${version}, ${same}, ${added}, ${removed}, ${changed}, ${body})
    on conflict (document_id) do update
    set version = excluded.version, same = excluded.same, added = excluded.added, removed = excluded.removed,
      changed = excluded.changed, body = excluded.body, created_at = now()
  `);
}

export async function findComparison(db: TenantDatabase, documentId: string): Promise<KeptComparison | undefined> {
  const row = await db.one(
    ComparisonRow,
    sql`
      select version, same, added, removed, changed, body, created_at
      from document_comparisons
      where document_id = ${documentId}
    `,
  );
  if (!row) return undefined;
  const { body, ...counts } = row;
  const changes: Change[] = Changes.parse(JSON.parse(db.openText('document_comparisons.body', documentId, body)));
  return { ...counts, changes };
}

/** Zero when there was none, or only one that is younger than `before`. */
export async function deleteComparison(db: TenantDatabase, documentId: string, before?: Date): Promise<number> {
  return db.run(sql`
    delete from document_comparisons
    where document_id = ${documentId}
      and created_at < ${before ?? 'infinity'}
  `);
}
