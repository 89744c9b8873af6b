import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { join, type Sql, sql } from '../../../database/sql.js';
import { ChunkBody } from '../document.js';
import { type Reader, visibleTo } from '../queries.js';

const SearchableRow = z.object({ id: z.uuid(), version: z.string(), chunkCount: z.number(), termTotal: z.number() });
export type Searchable = z.infer<typeof SearchableRow>;

/** What this reader's searches may touch. `within` narrows it to the documents chosen for an agent. */
export async function listSearchable(
  db: TenantDatabase,
  reader: Reader,
  within?: readonly string[],
): Promise<Searchable[]> {
  const chosen: Sql = within ? sql`and id = any (${[...within]}::uuid[])` : sql``;
  return db.many(
    SearchableRow,
    sql`
      select id, coalesce(indexed_at::text, '') as version, chunk_count, term_total
      from documents
      where chunk_count > 0
        and ${visibleTo(reader)}
        ${chosen}
    `,
  );
}

const PostingFound = z.object({
  tag: z.instanceof(Buffer),
  documentId: z.string(),
  entries: z.instanceof(Buffer),
});

export async function listPostings(db: TenantDatabase, tags: readonly Buffer[]) {
  return db.many(
    PostingFound,
    sql`select tag, document_id, entries from postings where tag = any (${[...tags]}::bytea[])`,
  );
}

const VectorsRow = z.object({ documentId: z.uuid(), vectors: z.instanceof(Buffer) });

export async function listVectors(db: TenantDatabase, embedder: string, documentIds: readonly string[]) {
  const rows = await db.many(
    VectorsRow,
    sql`
      select document_id, vectors
      from embeddings
      where embedder = ${embedder}
        and document_id = any (${[...documentIds]}::uuid[])
    `,
  );
  return rows.map(({ documentId, vectors }) => ({
    documentId,
    packed: db.openBytes('embeddings.vectors', `${documentId}|${embedder}`, vectors),
  }));
}

const ChunkRow = z.object({
  id: z.uuid(),
  documentId: z.uuid(),
  ordinal: z.number(),
  body: z.instanceof(Buffer),
  title: z.instanceof(Buffer),
});

export interface ChunkPlace {
  readonly documentId: string;
  readonly ordinal: number;
}

export async function listChunks(db: TenantDatabase, places: readonly ChunkPlace[]) {
  if (places.length === 0) return [];
  const pairs = places.map(({ documentId, ordinal }) => sql`(${documentId}::uuid, ${ordinal}::integer)`);
  const rows = await db.many(
    ChunkRow,
    sql`
      select c.id, c.document_id, c.ordinal, c.body, d.title
      from chunks c
      join documents d on d.id = c.document_id
      where (c.document_id, c.ordinal) in (${join(pairs)})
    `,
  );
  return rows.map((row) => ({
    ...ChunkBody.parse(JSON.parse(db.openText('chunks.body', row.id, row.body))),
    chunkId: row.id,
    documentId: row.documentId,
    ordinal: row.ordinal,
    title: db.openText('documents.title', row.documentId, row.title),
  }));
}

const PlaceRow = z.object({ id: z.uuid(), body: z.instanceof(Buffer) });

export async function findChunk(
  db: TenantDatabase,
  documentId: string,
  chunkId: string,
): Promise<ChunkBody | undefined> {
  const row = await db.one(
    PlaceRow,
    sql`select id, body from chunks where id = ${chunkId} and document_id = ${documentId}`,
  );
  return row && ChunkBody.parse(JSON.parse(db.openText('chunks.body', row.id, row.body)));
}
