import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { join, sql } from '../../../database/sql.js';
import { NotFound } from '../../../errors.js';
import { ChunkBody } from '../../knowledge/document.js';
import type { Owned } from '../conversation.js';

const FileRow = z.object({
  id: z.uuid(),
  name: z.instanceof(Buffer),
  byteSize: z.number(),
  pageCount: z.number().nullable(),
  createdAt: z.date(),
});

/** What was read from a file that belongs to one conversation. */
export interface AttachedFile extends Omit<z.infer<typeof FileRow>, 'name'> {
  readonly name: string;
}

const opened = (db: TenantDatabase, row: z.infer<typeof FileRow>): AttachedFile => ({
  ...row,
  name: db.openText('attachments.name', row.id, row.name),
});

const owned = ({ accountId, id }: Owned) =>
  sql`f.conversation_id = (select c.id from conversations c where c.id = ${id} and c.account_id = ${accountId})`;

export async function listFiles(db: TenantDatabase, conversation: Owned): Promise<AttachedFile[]> {
  const rows = await db.many(
    FileRow,
    sql`
      select f.id, f.name, f.byte_size, f.page_count, f.created_at
      from attachments f
      where ${owned(conversation)}
      order by f.created_at, f.id
    `,
  );
  return rows.map((row) => opened(db, row));
}

/** Throws NotFound for one that is not of this conversation. */
export async function getFile(db: TenantDatabase, conversation: Owned, id: string): Promise<AttachedFile> {
  const found = (await listFiles(db, conversation)).find((file) => file.id === id);
  if (!found) throw new NotFound('There is no such file in this conversation.');
  return found;
}

/** For calls about a file (llm/target.ts). */
export const fileRows = { from: sql`attachments f join conversations c on c.id = f.conversation_id`, id: sql`f.id` };

export async function countFiles(db: TenantDatabase, conversation: Owned): Promise<number> {
  const row = await db.one(
    z.object({ count: z.number() }),
    sql`select count(*)::integer as count from attachments f where ${owned(conversation)}`,
  );
  return row?.count ?? 0;
}

export interface Posting {
  readonly tag: Buffer;
  readonly entries: Uint8Array;
}

export interface NewFile {
  readonly id: string;
  readonly name: string;
  readonly mediaType: string;
  readonly byteSize: number;
  readonly pageCount: number | null;
  readonly chunks: readonly { readonly id: string; readonly body: ChunkBody }[];
  readonly postings: readonly Posting[];
  readonly termTotal: number;
}

/** Zero when the conversation is not this person's, is gone, or has `most` files. */
export async function insertFile(
  db: TenantDatabase,
  conversation: Owned,
  file: NewFile,
  most: number,
): Promise<number> {
  const { id, chunks, postings } = file;
  const name = db.seal('attachments.name', id, file.name);
  const inserted = await db.run(sql`
    insert into attachments (id, conversation_id, name, media_type, byte_size, page_count, chunk_count, term_total)
    select ${id}, c.id, ${name}, ${file.mediaType}, ${file.byteSize}, ${file.pageCount}, ${chunks.length}, ${file.termTotal}
    from conversations c
    where c.id = ${conversation.id}
      and c.account_id = ${conversation.accountId}
      and (select count(*) from attachments f where f.conversation_id = c.id) < ${most}
  `);
  if (inserted === 0) return 0;
  const sealed = chunks.map(({ id: chunk, body }) => db.seal('attachment_chunks.body', chunk, JSON.stringify(body)));
  await db.run(sql`
    insert into attachment_chunks (id, attachment_id, ordinal, body)
    select given.id, ${id}, given.place - 1, given.body
    from unnest(${chunks.map((chunk) => chunk.id)}::uuid[], ${sealed}::bytea[]) with ordinality as given (id, body, place)
  `);
  await db.run(sql`
    insert into attachment_postings (attachment_id, tag, entries)
    select ${id}, tag, entries
    from unnest(${postings.map(({ tag }) => tag)}::bytea[], ${postings.map(({ entries }) => entries)}::bytea[])
      as given (tag, entries)
    on conflict do nothing
  `);
  return inserted;
}

/** Text and index go with the row. */
export async function deleteFile(db: TenantDatabase, conversation: Owned, fileId: string): Promise<number> {
  return db.run(sql`delete from attachments f where f.id = ${fileId} and ${owned(conversation)}`);
}

const PostingRow = z.object({ tag: z.instanceof(Buffer), documentId: z.uuid(), entries: z.instanceof(Buffer) });
const SizeRow = z.object({ chunkCount: z.number(), termTotal: z.number() });

/** The index of this conversation's files for these words, and how large all of it is. */
export async function listFilePostings(db: TenantDatabase, conversation: Owned, tags: readonly Buffer[]) {
  const [rows, size] = await Promise.all([
    db.many(
      PostingRow,
      sql`
        select p.tag, p.attachment_id as document_id, p.entries
        from attachments f
        join attachment_postings p on p.attachment_id = f.id
        where ${owned(conversation)}
          and p.tag = any (${[...tags]}::bytea[])
      `,
    ),
    db.one(
      SizeRow,
      sql`
        select coalesce(sum(f.chunk_count), 0)::float8 as chunk_count, coalesce(sum(f.term_total), 0)::float8 as term_total
        from attachments f
        where ${owned(conversation)}
      `,
    ),
  ]);
  return { rows, chunkCount: size?.chunkCount ?? 0, termTotal: size?.termTotal ?? 0 };
}

const ChunkRow = z.object({
  id: z.uuid(),
  documentId: z.uuid(),
  ordinal: z.number(),
  body: z.instanceof(Buffer),
  name: z.instanceof(Buffer),
});

interface Place {
  readonly documentId: string;
  readonly ordinal: number;
}

/** Of this conversation's files only, whatever is asked for. */
export async function listFileChunks(db: TenantDatabase, conversation: Owned, places: readonly Place[]) {
  if (places.length === 0) return [];
  const pairs = places.map(({ documentId, ordinal }) => sql`(${documentId}::uuid, ${ordinal}::integer)`);
  const rows = await db.many(
    ChunkRow,
    sql`
      select c.id, c.attachment_id as document_id, c.ordinal, c.body, f.name
      from attachments f
      join attachment_chunks c on c.attachment_id = f.id
      where ${owned(conversation)}
        and (c.attachment_id, c.ordinal) in (${join(pairs)})
    `,
  );
  return rows.map((row) => openedChunk(db, row));
}

/** A file's text from its beginning, or around a passage; at most `limit` pieces. */
export async function listFileText(
  db: TenantDatabase,
  conversation: Owned,
  { fileId, chunkId, limit }: { fileId: string; chunkId?: string | undefined; limit: number },
) {
  const rows = await db.many(
    ChunkRow,
    sql`
      select c.id, c.attachment_id as document_id, c.ordinal, c.body, f.name
      from attachments f
      join attachment_chunks c on c.attachment_id = f.id
      where ${owned(conversation)}
        and f.id = ${fileId}
        and c.ordinal >= coalesce(
          (select p.ordinal - 5 from attachment_chunks p where p.id = ${chunkId ?? null} and p.attachment_id = f.id), 0
        )
      order by c.ordinal
      limit ${limit}
    `,
  );
  return rows.map((row) => openedChunk(db, row));
}

function openedChunk(db: TenantDatabase, { id, documentId, ordinal, body, name }: z.infer<typeof ChunkRow>) {
  const chunk = ChunkBody.parse(JSON.parse(db.openText('attachment_chunks.body', id, body)));
  return { ...chunk, chunkId: id, documentId, ordinal, title: db.openText('attachments.name', documentId, name) };
}
