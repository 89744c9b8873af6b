import { config } from '../../config.js';
import { newId } from '../../database/id.js';
import { guardedFetch } from '../../http/outgoing.js';
import { enqueueJob } from '../../jobs/job.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenant, readTenant } from '../../tenancy/in-tenant.js';
import type { AccessDraft, Document, PasteDraft } from './document.js';
import { cleanFileName, fileNameOfAddress } from './extraction/file-name.js';
import {
  beginVersion,
  deleteDocument,
  getDocument,
  insertDocument,
  markStage,
  saveText,
  updateAccess,
} from './queries.js';
import { readInBackground } from './reading.js';
import { sample } from './sample.js';
import { readerOf } from './search/search.js';
import { forgetVectors } from './search/vector-cache.js';
import { discardUpload, nameUpload, writeUpload } from './uploads.js';

export interface Arrived {
  readonly path: string;
  /** As the sender named it; cleaned here (KB-2). */
  readonly name: string;
  readonly size: number;
}

/** KB-1: takes an uploaded file in. Its document exists when this resolves; reading goes on in the background. */
export async function uploadDocument(context: TenantContext, file: Arrived): Promise<string> {
  const id = newId();
  const fileName = cleanFileName(file.name);
  try {
    await begin(context, { id, title: fileName, source: 'upload', byteSize: file.size });
    const path = await nameUpload(file.path, context.tenant.id, id);
    readInBackground(context, { id, path, fileName });
    return id;
  } catch (error) {
    await discardUpload(file.path);
    throw error;
  }
}

/** A new version of a document: the old text serves until the new one is read. */
export async function replaceDocument(context: TenantContext, id: string, file: Arrived): Promise<void> {
  const fileName = cleanFileName(file.name);
  try {
    await inTenant(context, 'knowledge.update', async (db) => {
      const before = await getDocument(db, readerOf(context), id);
      await beginVersion(db, id, file.size);
      await recordEvent(db, context, {
        category: 'knowledge',
        event: 'document.replaced',
        subject: { kind: 'document', id },
        details: { version: before.version + 1, bytes: file.size },
      });
    });
    const path = await nameUpload(file.path, context.tenant.id, id);
    readInBackground(context, { id, path, fileName });
  } catch (error) {
    await discardUpload(file.path);
    throw error;
  }
}

/** Fetches a public address, guarded, and takes its content in like an upload. Throws Invalid when it may not or cannot. */
export async function fetchDocument(context: TenantContext, address: string): Promise<string> {
  const fetched = await guardedFetch(address, { maxBytes: config().UPLOAD_MAX_MB, seconds: 20 });
  const id = newId();
  const fileName = cleanFileName(fileNameOfAddress(fetched.finalUrl, fetched.contentType));
  await begin(context, { id, title: fileName, source: 'address', byteSize: fetched.body.length });
  const path = await writeUpload(fetched.body, context.tenant.id, id);
  readInBackground(context, { id, path, fileName });
  return id;
}

export async function pasteDocument(context: TenantContext, draft: PasteDraft): Promise<string> {
  return writeDocument(context, { ...draft, source: 'paste' });
}

/** The sample of the first-run guide. */
export async function addSample(context: TenantContext): Promise<string> {
  return writeDocument(context, { title: sample.title, sections: sample.sections, source: 'sample' });
}

type Written = { title: string; source: 'paste' | 'sample' } & (
  | { text: string }
  | { sections: { headings: string[]; text: string }[] }
);

async function writeDocument(context: TenantContext, written: Written): Promise<string> {
  const id = newId();
  const sections = 'sections' in written ? written.sections : [{ headings: [], text: written.text }];
  const byteSize = sections.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  const { title, source } = written;
  await inTenant(context, 'knowledge.create', async (db) => {
    const createdBy = accountOf(context.actor) ?? null;
    await insertDocument(db, { id, title, source, byteSize, mediaType: 'text/plain', createdBy });
    await saveText(db, { id, title, mediaType: 'text/plain', pageCount: undefined, text: { sections } });
    await enqueueJob(db, 'knowledge.index', { documentId: id }, { key: `index ${id}` });
    await recordUpload(db, context, { id, source, byteSize });
  });
  return id;
}

async function begin(context: TenantContext, document: Pick<Document, 'id' | 'title' | 'source' | 'byteSize'>) {
  await inTenant(context, 'knowledge.create', async (db) => {
    const createdBy = accountOf(context.actor) ?? null;
    await insertDocument(db, { ...document, mediaType: 'unknown', createdBy });
    await recordUpload(db, context, document);
  });
}

function recordUpload(
  db: Parameters<typeof recordEvent>[0],
  context: TenantContext,
  { id, source, byteSize }: Pick<Document, 'id' | 'source' | 'byteSize'>,
) {
  return recordEvent(db, context, {
    category: 'knowledge',
    event: 'document.uploaded',
    subject: { kind: 'document', id },
    details: { source, bytes: byteSize },
  });
}

/** Indexes the kept text again, with the embedder of today. */
export async function reindexDocument(context: TenantContext, id: string): Promise<void> {
  await inTenant(context, 'knowledge.update', async (db) => {
    await getDocument(db, readerOf(context), id);
    await markStage(db, id, 'chunking');
    await enqueueJob(db, 'knowledge.index', { documentId: id }, { key: `index ${id}` });
    await recordEvent(db, context, {
      category: 'knowledge',
      event: 'document.reindexed',
      subject: { kind: 'document', id },
    });
  });
}

/** KB-6: who may find it and open it. */
export async function changeAccess(context: TenantContext, id: string, draft: AccessDraft): Promise<void> {
  await inTenant(context, 'knowledge.manage', async (db) => {
    await getDocument(db, readerOf(context), id);
    const allowed = draft.access === 'everyone' ? null : draft.roles;
    await updateAccess(db, id, allowed);
    await recordEvent(db, context, {
      category: 'knowledge',
      event: 'document.access-changed',
      subject: { kind: 'document', id },
      details: { access: allowed ? allowed.join(' ') || 'managers only' : 'everyone' },
    });
  });
}

/** Text, chunks, postings and vectors are gone when this resolves, also from memory. */
export async function removeDocument(context: TenantContext, id: string): Promise<void> {
  await inTenant(context, 'knowledge.delete', async (db) => {
    const document = await getDocument(db, readerOf(context), id);
    await deleteDocument(db, id);
    await recordEvent(db, context, {
      category: 'knowledge',
      event: 'document.deleted',
      subject: { kind: 'document', id },
      details: { chunks: document.chunkCount, version: document.version },
    });
  });
  forgetVectors(context.tenant.id, id);
}

/** Throws NotFound for a document that this reader may not see. */
export function openDocument(context: TenantContext, id: string): Promise<Document> {
  return readTenant(context, 'knowledge.read', (db) => getDocument(db, readerOf(context), id));
}
