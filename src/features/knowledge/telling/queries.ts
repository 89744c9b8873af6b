import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';

const Row = z.object({
  createdBy: z.uuid().nullable(),
  title: z.instanceof(Buffer),
  tookLong: z.boolean(),
  others: z.number(),
  together: z.number(),
});

/** Who added a document, whether one would wait for it, and what of theirs is still being read or was added with it. */
export async function findFinished(db: TenantDatabase, documentId: string) {
  const row = await db.one(
    Row,
    sql`
      select d.created_by, d.title,
        d.created_at between now() - interval '1 day' and now() - interval '10 seconds' as took_long,
        count(o.id) filter (where o.stage in ('reading', 'chunking', 'indexing')) as others,
        count(o.id) filter (where o.stage = 'done') + 1 as together
      from documents d
      left join documents o on o.created_by = d.created_by and o.id <> d.id
        and o.created_at between d.created_at - interval '1 minute' and d.created_at + interval '1 minute'
      where d.id = ${documentId}
      group by d.id
    `,
  );
  return row && { ...row, title: db.openText('documents.title', documentId, row.title) };
}
