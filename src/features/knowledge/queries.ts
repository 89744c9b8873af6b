import { z } from 'zod';
import type { TenantDatabase } from '../../database/database.js';
import { sql } from '../../database/sql.js';
import { NotFound } from '../../errors.js';
import type { Role } from '../../tenancy/permissions.js';
import { Document, DocumentText, type Stage } from './document.js';

const DocumentRow = Document.extend({ title: z.instanceof(Buffer) });
const columns = sql`
  id, title, source, media_type, byte_size, stage, progress, failure, page_count, chunk_count, version, roles,
  created_by, created_at, upload_deleted_at, indexed_at
`;

function opened(db: TenantDatabase, row: z.infer<typeof DocumentRow>): Document {
  return { ...row, title: db.openText('documents.title', row.id, row.title) };
}

/** Whoever may manage knowledge sees every document; others those that their role is allowed (KB-6). */
export interface Reader {
  readonly role: Role;
  readonly seesAll: boolean;
}

function visibleTo({ role, seesAll }: Reader) {
  return sql`(${seesAll} or roles is null or ${role} = any (roles))`;
}

export async function listDocuments(db: TenantDatabase, reader: Reader): Promise<Document[]> {
  const rows = await db.many(
    DocumentRow,
    sql`select ${columns} from documents where ${visibleTo(reader)} order by created_at desc, id desc`,
  );
  return rows.map((row) => opened(db, row));
}

export async function getDocument(db: TenantDatabase, reader: Reader, id: string): Promise<Document> {
  const row = await db.one(
    DocumentRow,
    sql`select ${columns} from documents where id = ${id} and ${visibleTo(reader)}`,
  );
  if (!row) throw new NotFound('There is no such document.');
  return opened(db, row);
}

/** For jobs, which act for the installation: whatever the access. */
export async function findDocument(db: TenantDatabase, id: string): Promise<Document | undefined> {
  const row = await db.one(DocumentRow, sql`select ${columns} from documents where id = ${id}`);
  return row && opened(db, row);
}

export type NewDocument = Pick<Document, 'id' | 'title' | 'source' | 'mediaType' | 'byteSize' | 'createdBy'>;

export async function insertDocument(db: TenantDatabase, document: NewDocument): Promise<void> {
  const title = db.seal('documents.title', document.id, document.title);
  await db.run(sql`
    insert into documents (id, title, source, media_type, byte_size, stage, created_by)
    values (${document.id}, ${title}, ${document.source}, ${document.mediaType}, ${document.byteSize}, 'reading',
      ${document.createdBy})
  `);
}

export async function markStage(db: TenantDatabase, id: string, stage: Stage, progress = 0): Promise<number> {
  return db.run(sql`update documents set stage = ${stage}, progress = ${progress}, failure = null where id = ${id}`);
}

/** Only while the document is in that stage: a late message changes nothing. */
export async function markProgress(db: TenantDatabase, id: string, stage: Stage, progress: number): Promise<void> {
  await db.run(sql`
    update documents set progress = ${progress} where id = ${id} and stage = ${stage} and progress < ${progress}
  `);
}

export async function markFailed(db: TenantDatabase, id: string, failure: string): Promise<number> {
  return db.run(sql`
    update documents
    set stage = 'failed', failure = ${failure}, upload_deleted_at = coalesce(upload_deleted_at, now())
    where id = ${id}
      and stage <> 'done'
  `);
}

export interface ReadText {
  readonly id: string;
  readonly title: string;
  readonly mediaType: string;
  readonly pageCount: number | undefined;
  readonly text: DocumentText;
}

/** The upload is gone by now: its text takes its place. */
export async function saveText(db: TenantDatabase, read: ReadText): Promise<number> {
  const changed = await db.run(sql`
    update documents
    set stage = 'chunking', progress = 0, failure = null, media_type = ${read.mediaType},
      title = ${db.seal('documents.title', read.id, read.title)},
      page_count = ${read.pageCount ?? null}, upload_deleted_at = now()
    where id = ${read.id}
  `);
  if (changed === 0) return 0;
  const body = db.seal('document_texts.body', read.id, JSON.stringify(read.text));
  return db.run(sql`
    insert into document_texts (document_id, body)
    values (${read.id}, ${body})
    on conflict (document_id) do update set body = excluded.body
  `);
}

export async function findText(db: TenantDatabase, id: string): Promise<DocumentText | undefined> {
  const row = await db.one(
    z.object({ body: z.instanceof(Buffer) }),
    sql`select body from document_texts where document_id = ${id}`,
  );
  return row && DocumentText.parse(JSON.parse(db.openText('document_texts.body', id, row.body)));
}

/** A new version begins: the old one serves until its text is replaced. */
export async function beginVersion(db: TenantDatabase, id: string, byteSize: number): Promise<void> {
  await db.run(sql`
    update documents
    set version = version + 1, stage = 'reading', progress = 0, failure = null, byte_size = ${byteSize},
      upload_deleted_at = null
    where id = ${id}
  `);
}

export async function updateAccess(db: TenantDatabase, id: string, allowed: readonly Role[] | null): Promise<void> {
  await db.run(sql`update documents set roles = ${allowed ? [...allowed] : null} where id = ${id}`);
}

/** Text, chunks, postings and vectors go with the row, in the same statement. */
export async function deleteDocument(db: TenantDatabase, id: string): Promise<number> {
  return db.run(sql`delete from documents where id = ${id}`);
}

const HistoryRow = z.object({
  id: z.uuid(),
  at: z.date(),
  event: z.string(),
  outcome: z.string(),
  actorName: z.string(),
  details: z.record(z.string(), z.unknown()),
});

export async function listHistory(db: TenantDatabase, id: string) {
  return db.many(
    HistoryRow,
    sql`
      select id, at, event, outcome, actor_name, details
      from audit_events
      where subject_kind = 'document'
        and subject_id = ${id}
      order by at desc, id desc
      limit 100
    `,
  );
}
