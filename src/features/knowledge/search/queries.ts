import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { join, type Sql, sql } from '../../../database/sql.js';
import { ChunkBody } from '../document.js';
import type { Reader } from '../queries.js';
import type { PostingRow } from '../retrieval/postings.js';

export interface NewChunk {
  readonly id: string;
  readonly ordinal: number;
  readonly body: ChunkBody;
}

const rowsPerStatement = 1000;

/** Writes a document's index anew. Call in one transaction: readers see the old one until it commits. */
export async function replaceIndex(
  db: TenantDatabase,
  documentId: string,
  index: { chunks: readonly NewChunk[]; postings: readonly PostingRow[]; termTotal: number },
): Promise<void> {
  await db.run(sql`delete from chunks where document_id = ${documentId}`);
  await db.run(sql`delete from postings where document_id = ${documentId}`);
  await db.run(sql`delete from embeddings where document_id = ${documentId}`);
  for (let at = 0; at < index.chunks.length; at += rowsPerStatement) {
    const some = index.chunks.slice(at, at + rowsPerStatement);
    await db.run(sql`
      insert into chunks (id, document_id, ordinal, body)
      select id, ${documentId}, ordinal, body
      from unnest(
        ${some.map(({ id }) => id)}::uuid[],
        ${some.map(({ ordinal }) => ordinal)}::integer[],
        ${some.map(({ id, body }) => db.seal('chunks.body', id, JSON.stringify(body)))}::bytea[]
      ) as given (id, ordinal, body)
    `);
  }
  for (let at = 0; at < index.postings.length; at += rowsPerStatement) {
    const some = index.postings.slice(at, at + rowsPerStatement);
    await db.run(sql`
      insert into postings (tag, document_id, entries)
      select tag, ${documentId}, entries
      from unnest(
        ${some.map(({ tag }) => tag)}::bytea[],
        ${some.map(({ entries }) => entries)}::bytea[]
      ) as given (tag, entries)
    `);
  }
  await db.run(sql`
    update documents
    set stage = 'indexing', progress = 0, chunk_count = ${index.chunks.length}, term_total = ${index.termTotal}
    where id = ${documentId}
  `);
}

export async function saveVectors(db: TenantDatabase, documentId: string, embedder: string, packed: Buffer) {
  const sealed = db.seal(`embeddings.vectors`, `${documentId}|${embedder}`, packed);
  await db.run(sql`
    insert into embeddings (document_id, embedder, vectors)
    values (${documentId}, ${embedder}, ${sealed})
    on conflict (document_id, embedder) do update set vectors = excluded.vectors
  `);
}

export async function markDone(db: TenantDatabase, documentId: string): Promise<number> {
  return db.run(sql`
    update documents set stage = 'done', progress = 100, failure = null, indexed_at = now() where id = ${documentId}
  `);
}

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
      select id, version || ' ' || coalesce(indexed_at::text, '') as version, chunk_count, term_total
      from documents
      where chunk_count > 0
        and (${reader.seesAll} or roles is null or ${reader.role} = any (roles))
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
