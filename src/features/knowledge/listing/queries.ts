import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { type Sql, sql } from '../../../database/sql.js';
import { type Document, type Stage, stages } from '../document.js';
import { columns, DocumentRow, opened, type Reader, visibleTo } from '../queries.js';

const entriesPerStatement = 1000;

const Counts = z.object({ all: z.number(), failed: z.number() });

export async function countDocuments(db: TenantDatabase, reader: Reader): Promise<z.infer<typeof Counts>> {
  const row = await db.one(
    Counts,
    sql`
      select count(*) as all, count(*) filter (where stage = 'failed') as failed
      from documents
      where ${visibleTo(reader)}
    `,
  );
  return row ?? { all: 0, failed: 0 };
}

const inStages = (wanted: readonly Stage[]): Sql => sql`stage = any (${[...wanted]}::text[])`;

export interface Place {
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

/** Newest first, or in front of `after` or behind `before`: ids are made in the order of time (UUID version 7). */
export async function listNewest(
  db: TenantDatabase,
  reader: Reader,
  { before, after, wanted, limit }: Place & { wanted: readonly Stage[]; limit: number },
): Promise<Document[]> {
  const place = after ? sql`and id > ${after}` : before ? sql`and id < ${before}` : sql``;
  const rows = await db.many(
    DocumentRow,
    sql`
      select ${columns}
      from documents
      where ${visibleTo(reader)}
        and ${inStages(wanted)}
        ${place}
      order by id ${after ? sql`asc` : sql`desc`}
      limit ${limit}
    `,
  );
  const documents = rows.map((row) => opened(db, row));
  return after ? documents.reverse() : documents;
}

/** Those being read or indexed, oldest first. */
export async function listMoving(db: TenantDatabase, reader: Reader, limit: number): Promise<Document[]> {
  const rows = await db.many(
    DocumentRow,
    sql`
      select ${columns}
      from documents
      where ${inStages(['reading', 'chunking', 'indexing'])}
        and ${visibleTo(reader)}
      order by id
      limit ${limit}
    `,
  );
  return rows.map((row) => opened(db, row));
}

const EntryRow = z.object({ id: z.uuid(), title: z.instanceof(Buffer), byteSize: z.number(), stage: z.enum(stages) });

export interface Entry {
  readonly id: string;
  readonly title: string;
  readonly byteSize: number;
}

/** What sorting and searching needs of every document, a thousand at a time: titles are sealed, so no index helps. */
export async function* eachEntry(
  db: TenantDatabase,
  reader: Reader,
  wanted: readonly Stage[],
): AsyncGenerator<readonly Entry[]> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows = await db.many(
      EntryRow,
      sql`
        select id, title, byte_size, stage
        from documents
        where id > ${after}
          and ${visibleTo(reader)}
          and ${inStages(wanted)}
        order by id
        limit ${entriesPerStatement}
      `,
    );
    yield rows.map(({ id, title, byteSize }) => ({ id, byteSize, title: db.openText('documents.title', id, title) }));
    const last = rows.at(-1);
    if (!last || rows.length < entriesPerStatement) return;
    after = last.id;
  }
}

/** In the order of the ids; those that are gone are left out. */
export async function listByIds(db: TenantDatabase, reader: Reader, ids: readonly string[]): Promise<Document[]> {
  const rows = await db.many(
    DocumentRow,
    sql`select ${columns} from documents where id = any (${[...ids]}::uuid[]) and ${visibleTo(reader)}`,
  );
  const known = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = known.get(id);
    return row ? [opened(db, row)] : [];
  });
}
