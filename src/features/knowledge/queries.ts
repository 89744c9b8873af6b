import { z } from 'zod';
import type { TenantDatabase } from '../../database/database.js';
import { sql } from '../../database/sql.js';
import { NotFound } from '../../errors.js';
import { Document, type DocumentText, type Stage } from './document.js';

export const DocumentRow = Document.extend({ title: z.instanceof(Buffer) });
export const columns = sql`
  id, title, source, media_type, byte_size, stage, progress, failure, page_count, chunk_count, version, roles, agents,
  access_version, created_by, created_at, upload_deleted_at, indexed_at
`;

export function opened(db: TenantDatabase, row: z.infer<typeof DocumentRow>): Document {
  const title = db.openText('documents.title', row.id, row.title);
  const serves = row.chunkCount > 0 ? ' The version before it still serves.' : '';
  return { ...row, title, failure: row.failure && `${openFailure(db, row.id, row.failure)}${serves}` };
}

/** Why a file failed can name its ending, so it is sealed like what was in it. The column is text: base64. */
const sealFailure = (db: TenantDatabase, id: string, failure: string): string =>
  db.seal('documents.failure', id, failure).toString('base64');

const openFailure = (db: TenantDatabase, id: string, sealed: string): string =>
  db.openText('documents.failure', id, Buffer.from(sealed, 'base64'));

/**
 * Whoever may manage knowledge sees every document; others those that one of their roles is allowed. An agent sees what
 * the person who asks it sees, less the documents that are for other agents (KB-6).
 */
export interface Reader {
  /** The built-in one, and the ids of the workspace's own. */
  readonly roles: readonly string[];
  readonly seesAll: boolean;
  readonly agentId?: string;
}

export function visibleTo({ roles, seesAll, agentId }: Reader) {
  const forAgent = agentId === undefined ? sql`` : sql`and (agents is null or ${agentId} = any (agents))`;
  return sql`((${seesAll} or roles is null or roles && ${[...roles]}::text[]) ${forAgent})`;
}

/** For calls about a document (llm/target.ts). */
export const documentRows = { from: sql`documents`, id: sql`documents.id` };

export const holdDocument = (db: TenantDatabase, id: string): Promise<number> =>
  db.run(sql`select from documents where id = ${id} for update`);

/** All of them, newest first; a page of them comes from listing/queries.ts. */
export async function listDocuments(db: TenantDatabase, reader: Reader): Promise<Document[]> {
  const rows = await db.many(
    DocumentRow,
    sql`select ${columns} from documents where ${visibleTo(reader)} order by id desc`,
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

export type NewDocument = Pick<Document, 'id' | 'title' | 'source' | 'mediaType' | 'byteSize' | 'createdBy'>;

export async function insertDocument(db: TenantDatabase, document: NewDocument): Promise<void> {
  const title = db.seal('documents.title', document.id, document.title);
  await db.run(sql`
    insert into documents (id, title, source, media_type, byte_size, stage, created_by)
    values (${document.id}, ${title}, ${document.source}, ${document.mediaType}, ${document.byteSize}, 'reading',
      ${document.createdBy})
  `);
}

/** Zero when there is no text to index, or another is being read. */
export async function beginIndexing(db: TenantDatabase, id: string): Promise<number> {
  return db.run(sql`
    update documents
    set stage = 'chunking', progress = 0, failure = null
    where id = ${id}
      and stage <> 'reading'
      and exists (select from document_texts t where t.document_id = documents.id)
  `);
}

/** Only while the document is in that stage: a late message changes nothing. */
export async function markProgress(db: TenantDatabase, id: string, stage: Stage, progress: number): Promise<void> {
  await db.run(sql`
    update documents set progress = ${progress} where id = ${id} and stage = ${stage} and progress < ${progress}
  `);
}

/** Only a document in one of these stages: what has become of it meanwhile counts. */
export async function markFailed(
  db: TenantDatabase,
  id: string,
  { failure, stages }: { failure: string; stages: readonly Stage[] },
): Promise<number> {
  return db.run(sql`
    update documents
    set stage = 'failed', failure = ${sealFailure(db, id, failure)},
      upload_deleted_at = coalesce(upload_deleted_at, now())
    where id = ${id}
      and stage = any (${[...stages]}::text[])
  `);
}

export interface ReadText {
  readonly id: string;
  readonly title: string;
  readonly mediaType: string;
  readonly pageCount: number | undefined;
  readonly text: DocumentText;
}

/** The upload is gone by now: its text takes its place. A text in place of another one is a new version. */
export async function saveText(db: TenantDatabase, read: ReadText): Promise<number> {
  const changed = await db.run(sql`
    update documents
    set stage = 'chunking', progress = 0, failure = null, media_type = ${read.mediaType},
      title = ${db.seal('documents.title', read.id, read.title)},
      page_count = ${read.pageCount ?? null}, upload_deleted_at = now(),
      version = version + (select count(*) from document_texts t where t.document_id = documents.id)
    where id = ${read.id}
      and stage = 'reading'
  `);
  if (changed === 0) return 0;
  const body = db.seal('document_texts.body', read.id, JSON.stringify(read.text));
  return db.run(sql`
    insert into document_texts (document_id, body)
    values (${read.id}, ${body})
    on conflict (document_id) do update set body = excluded.body
  `);
}

/** JSON of DocumentText. */
export async function findKept(db: TenantDatabase, id: string): Promise<Buffer | undefined> {
  const row = await db.one(
    z.object({ body: z.instanceof(Buffer) }),
    sql`select body from document_texts where document_id = ${id}`,
  );
  return row && db.openBytes('document_texts.body', id, row.body);
}

/** A new version begins: the old one serves until its text is replaced. Zero while another is being read. */
export async function beginVersion(db: TenantDatabase, id: string, byteSize: number): Promise<number> {
  return db.run(sql`
    update documents
    set stage = 'reading', progress = 0, failure = null, byte_size = ${byteSize}, upload_deleted_at = null
    where id = ${id}
      and stage <> 'reading'
  `);
}

/** All of them, failed ones too. */
export async function countDocuments(db: TenantDatabase): Promise<number> {
  const row = await db.one(z.object({ count: z.number() }), sql`select count(*) from documents`);
  return row?.count ?? 0;
}

export interface Access {
  /** Null: everybody in the workspace. */
  readonly roles: readonly string[] | null;
  /** Null: every agent. */
  readonly agents: readonly string[] | null;
}

/** Zero when somebody else changed it since `seen`. */
export async function updateAccess(
  db: TenantDatabase,
  id: string,
  { roles, agents, seen }: Access & { readonly seen: number },
): Promise<number> {
  return db.run(sql`
    update documents
    set roles = ${roles && [...roles]}::text[], agents = ${agents && [...agents]}::uuid[], access_version = ${seen + 1}
    where id = ${id}
      and access_version = ${seen}
  `);
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

/** Agents in use that may search this document, as far as whoever asks them may. */
export async function listAgentsFor(db: TenantDatabase, id: string): Promise<string[]> {
  const rows = await db.many(
    z.object({ name: z.string() }),
    sql`
      select a.name
      from agents a
      where a.archived_at is null
        and 'search_knowledge' = any (a.tools)
        and exists (select from documents d where d.id = ${id} and (d.agents is null or a.id = any (d.agents)))
        and (
          a.knowledge = 'all'
          or a.knowledge = 'chosen'
            and exists (select from agent_documents d where d.agent_id = a.id and d.document_id = ${id})
        )
      order by lower(a.name)
      limit 50
    `,
  );
  return rows.map(({ name }) => name);
}

const AgentNameRow = z.object({ id: z.uuid(), name: z.string(), archived: z.boolean() });

export async function listAgentNames(db: TenantDatabase) {
  return db.many(
    AgentNameRow,
    sql`select id, name, archived_at is not null as archived from agents order by lower(name), id limit 200`,
  );
}
