import { z } from 'zod';
import type { TenantDatabase } from '../../../../database/database.js';
import { sql } from '../../../../database/sql.js';
import type { ChunkBody } from '../../document.js';

const rowsPerStatement = 1000;

const KeptRow = z.object({
  title: z.instanceof(Buffer),
  version: z.number(),
  indexed: z.boolean(),
  revision: z.string(),
  body: z.instanceof(Buffer),
});

export interface KeptText {
  readonly title: string;
  readonly version: number;
  /** There is an index, of this text or of one before it. */
  readonly indexed: boolean;
  /** Tells this text from one that has taken its place. */
  readonly revision: string;
  /** JSON of DocumentText. */
  readonly body: Buffer;
}

/** Undefined when the document is gone or has no text. */
export async function findKeptText(db: TenantDatabase, documentId: string): Promise<KeptText | undefined> {
  const row = await db.one(
    KeptRow,
    // xmin is the transaction that wrote the row: another text, another number.
    sql`
      select d.title, d.version, d.indexed_at is not null as indexed, t.xmin::text as revision, t.body
      from documents d
      join document_texts t on t.document_id = d.id
      where d.id = ${documentId}
    `,
  );
  if (!row) return undefined;
  const { version, indexed, revision } = row;
  const title = db.openText('documents.title', documentId, row.title);
  return { title, version, indexed, revision, body: db.openBytes('document_texts.body', documentId, row.body) };
}

/** Holds the document until the transaction ends. Undefined when its text is not the one that was prepared. */
export async function lockForIndex(
  db: TenantDatabase,
  documentId: string,
  revision: string,
): Promise<{ indexed: boolean } | undefined> {
  const row = await db.one(
    z.object({ same: z.boolean(), indexed: z.boolean() }),
    sql`
      select d.indexed_at is not null as indexed,
        coalesce((select t.xmin::text from document_texts t where t.document_id = d.id) = ${revision}, false) as same
      from documents d
      where d.id = ${documentId}
      for update
    `,
  );
  return row?.same ? row : undefined;
}

const ChunkRow = z.object({ id: z.uuid(), ordinal: z.number(), body: z.instanceof(Buffer) });

/** A thousand chunks at a time, in order. */
export async function listSealedChunks(db: TenantDatabase, documentId: string, from: number, most = rowsPerStatement) {
  return db.many(
    ChunkRow,
    sql`
      select id, ordinal, body
      from chunks
      where document_id = ${documentId}
        and ordinal >= ${from}
      order by ordinal
      limit ${most}
    `,
  );
}

export interface SealedChunk {
  readonly id: string;
  readonly ordinal: number;
  readonly sealed: Buffer;
}

export function sealChunk(db: TenantDatabase, id: string, ordinal: number, body: ChunkBody): SealedChunk {
  return { id, ordinal, sealed: db.seal('chunks.body', id, JSON.stringify(body)) };
}

export interface Posting {
  readonly tag: Buffer;
  readonly entries: Uint8Array;
}

export interface WordIndex {
  readonly chunks: readonly SealedChunk[];
  readonly postings: readonly Posting[];
  readonly termTotal: number;
}

/** Call in the transaction that writes the new index: readers see the old one until it commits. */
export async function deleteIndex(db: TenantDatabase, documentId: string): Promise<void> {
  await db.run(sql`delete from chunks where document_id = ${documentId}`);
  await db.run(sql`delete from postings where document_id = ${documentId}`);
  await db.run(sql`delete from embeddings where document_id = ${documentId}`);
}

export async function insertIndex(db: TenantDatabase, documentId: string, index: WordIndex): Promise<void> {
  for (let at = 0; at < index.chunks.length; at += rowsPerStatement) {
    const some = index.chunks.slice(at, at + rowsPerStatement);
    await db.run(sql`
      insert into chunks (id, document_id, ordinal, body)
      select id, ${documentId}, ordinal, body
      from unnest(
        ${some.map(({ id }) => id)}::uuid[],
        ${some.map(({ ordinal }) => ordinal)}::integer[],
        ${some.map(({ sealed }) => sealed)}::bytea[]
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
}

/**
 * The words are there. `indexed_at` also names the state of the index: vectors that are in memory go by it. While a new
 * version is read, or when it could not be, the stage is that one's and stays.
 */
export async function markWords(
  db: TenantDatabase,
  documentId: string,
  { chunks, termTotal, stage }: { chunks: number; termTotal: number; stage: 'indexing' | 'done' },
): Promise<void> {
  const stays = sql`stage in ('reading', 'failed')`;
  await db.run(sql`
    update documents
    set chunk_count = ${chunks}, term_total = ${termTotal}, indexed_at = now(),
      stage = case when ${stays} then stage else ${stage} end,
      progress = case when ${stays} then progress else ${stage === 'done' ? 100 : 0} end,
      failure = case when ${stays} then failure end
    where id = ${documentId}
  `);
}

const StateRow = z.object({
  state: z.string(),
  chunkCount: z.number(),
  version: z.number(),
  title: z.instanceof(Buffer),
  createdBy: z.uuid().nullable(),
});

/** What is to be embedded, if anything is. `state` tells whether the index is still the one of now. */
export async function findIndexed(db: TenantDatabase, documentId: string) {
  const row = await db.one(
    StateRow,
    sql`
      select indexed_at::text as state, chunk_count, version, title, created_by
      from documents
      where id = ${documentId}
        and indexed_at is not null
    `,
  );
  return row && { ...row, title: db.openText('documents.title', documentId, row.title) };
}

/** Vectors for the first chunks are of use before the last ones are there. Zero when the index is another by now. */
export async function saveVectors(
  db: TenantDatabase,
  documentId: string,
  { embedder, packed, state }: { embedder: string; packed: Buffer; state: string },
): Promise<number> {
  const touched = await db.run(
    sql`update documents set indexed_at = now() where id = ${documentId} and indexed_at::text = ${state}`,
  );
  if (touched === 0) return 0;
  const sealed = db.seal('embeddings.vectors', `${documentId}|${embedder}`, packed);
  return db.run(sql`
    insert into embeddings (document_id, embedder, vectors)
    values (${documentId}, ${embedder}, ${sealed})
    on conflict (document_id, embedder) do update set vectors = excluded.vectors
  `);
}

/** Zero when it was marked before. */
export async function markDone(db: TenantDatabase, documentId: string): Promise<number> {
  return db.run(sql`
    update documents set stage = 'done', progress = 100, failure = null where id = ${documentId} and stage = 'indexing'
  `);
}
