import { config } from '../../config.js';
import type { TenantDatabase } from '../../database/database.js';
import { newId } from '../../database/id.js';
import { publish, tellHere } from '../../database/shared.js';
import { Conflict, Failure, Forbidden } from '../../errors.js';
import { guardedFetch } from '../../http/outgoing.js';
import { enqueueJob } from '../../jobs/job.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenant, inTenantWithShared, readTenant } from '../../tenancy/in-tenant.js';
import { demandRoom } from '../../tenancy/quotas.js';
import type { Arrived } from './arrivals.js';
import type { AccessDraft, Document } from './document.js';
import { cleanFileName, fileNameOfAddress } from './extraction/file-name.js';
import {
  beginIndexing,
  beginVersion,
  countDocuments,
  deleteDocument,
  getDocument,
  insertDocument,
  updateAccess,
} from './queries.js';
import { expectReading, readInBackground, stopReading } from './reading.js';
import { readerOf } from './search/search.js';
import { deletedTopic } from './search/vector-cache.js';
import { discardUpload, nameUpload, writeUpload } from './uploads.js';
import { checkSeen, stillReading } from './versions/text.js';

export { addSample, pasteDocument, pasteDocumentIn } from './writing.js';

/** KB-1: takes an uploaded file in. Its document exists when this resolves; reading goes on in the background. */
export async function uploadDocument(context: TenantContext, file: Arrived): Promise<string> {
  const id = newId();
  const fileName = cleanFileName(file.name);
  const { size } = file;
  await holding(await nameUpload(file.path, context.tenant.id, id), async (path) => {
    await begin(context, { id, title: fileName, source: 'upload', byteSize: size });
    readInBackground(context, { id, path, fileName, size, from: 'person' });
  });
  return id;
}

/** A new version of a document: the old text serves until the new one is read. Throws Conflict while one is read. */
export async function replaceDocument(
  context: TenantContext,
  id: string,
  file: Arrived & { readonly seen?: number | undefined },
): Promise<void> {
  const fileName = cleanFileName(file.name);
  const { size } = file;
  await holding(await nameUpload(file.path, context.tenant.id, id), async (path) => {
    await inTenant(context, 'knowledge.update', async (db) => {
      const document = await getDocument(db, readerOf(context), id);
      checkSeen(document, file.seen);
      if ((await beginVersion(db, id, size)) === 0) throw stillReading();
      await expectReading(db, id);
      await recordEvent(db, context, {
        category: 'knowledge',
        event: 'document.replaced',
        subject: { kind: 'document', id },
        details: { version: document.version + 1, bytes: size, source: 'upload' },
      });
    });
    readInBackground(context, { id, path, fileName, size, from: 'person' });
  });
}

const whenDone = 'Wait until it is done, then try again.';

/** Fetches a public address, guarded, and takes its content in like an upload. Throws Invalid when it may not or cannot. */
export async function fetchDocument(context: TenantContext, address: string): Promise<string> {
  await readTenant(context, 'knowledge.create', async () => undefined);
  const fetched = await guardedFetch(address, { maxBytes: config().UPLOAD_MAX_MB, seconds: 20 }).catch(
    async (error: unknown) => {
      if (error instanceof Failure) await recordRefusedAddress(context, address);
      throw error;
    },
  );
  const id = newId();
  const fileName = cleanFileName(fileNameOfAddress(fetched.finalUrl, fetched.contentType));
  const size = fetched.body.length;
  await holding(await writeUpload(fetched.body, context.tenant.id, id), async (path) => {
    const host = new URL(fetched.finalUrl).hostname;
    await begin(context, { id, title: fileName, source: 'address', byteSize: size }, { host });
    readInBackground(context, { id, path, fileName, size, from: 'address' });
  });
  return id;
}

/** Somebody pointed the server at an address, and it did not go well: perhaps they felt for what is behind it. */
async function recordRefusedAddress(context: TenantContext, address: string): Promise<void> {
  const host = URL.canParse(address) ? new URL(address).hostname.slice(0, 253) : 'none';
  await inTenant(context, 'knowledge.create', (db) =>
    recordEvent(db, context, { category: 'knowledge', event: 'address.fetched', outcome: 'failed', details: { host } }),
  );
}

/** Until `work` has handed it on, a file goes when something fails. */
async function holding(path: string, work: (path: string) => Promise<void>): Promise<void> {
  try {
    await work(path);
  } catch (error) {
    await discardUpload(path);
    throw error;
  }
}

type Begun = Pick<Document, 'id' | 'title' | 'source' | 'byteSize'>;

async function begin(context: TenantContext, document: Begun, facts: Record<string, string> = {}): Promise<void> {
  const { id, source, byteSize } = document;
  await inTenant(context, 'knowledge.create', async (db) => {
    await demandRoom(context.tenant, 'documents', () => countDocuments(db));
    const createdBy = accountOf(context.actor) ?? null;
    await insertDocument(db, { ...document, mediaType: 'unknown', createdBy });
    await expectReading(db, id);
    await recordEvent(db, context, {
      category: 'knowledge',
      event: 'document.uploaded',
      subject: { kind: 'document', id },
      details: { source, bytes: byteSize, ...facts },
    });
  });
}

/** Indexes the kept text again, with the embedder of today. Throws Conflict when there is none, or not yet. */
export async function reindexDocument(context: TenantContext, id: string): Promise<void> {
  await inTenant(context, 'knowledge.update', async (db) => {
    const { stage } = await getDocument(db, readerOf(context), id);
    if ((await beginIndexing(db, id)) === 0) {
      throw new Conflict(stage === 'reading' ? `It is being read. ${whenDone}` : 'It has no text. Upload it again.');
    }
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
    const { accessVersion } = await getDocument(db, readerOf(context), id);
    const allowed = draft.access === 'everyone' ? null : draft.roles;
    const agents = draft.agentAccess === 'every' ? null : draft.agents;
    if ((await updateAccess(db, id, { roles: allowed, agents, seen: draft.seen ?? accessVersion })) === 0) {
      throw new Conflict(
        'Somebody changed who may find it while you were choosing. Look at what stands there, then save.',
      );
    }
    await recordEvent(db, context, {
      category: 'knowledge',
      event: 'document.access-changed',
      subject: { kind: 'document', id },
      details: {
        access: allowed ? allowed.join(' ') || 'managers only' : 'everyone',
        agents: agents ? agents.join(' ') || 'none' : 'every',
      },
    });
  });
}

/** Upload, text, chunks, postings and vectors are gone when this resolves, from the memory of every process too. */
export async function removeDocument(context: TenantContext, id: string): Promise<void> {
  const notice = removalNotice(context, id);
  await inTenantWithShared(
    context,
    'knowledge.delete',
    (shared) => publish(shared, notice.topic, notice.id),
    (db) => removeDocumentIn(db, context, id),
  );
  tellHere(notice.topic, notice.id);
  await stopReading(id);
}

/** The same in the caller's transaction, who publishes `removalNotice` with it and stops its reading afterwards. */
export async function removeDocumentIn(db: TenantDatabase, context: TenantContext, id: string): Promise<Document> {
  const document = await getDocument(db, readerOf(context), id);
  await deleteDocument(db, id);
  await recordEvent(db, context, {
    category: 'knowledge',
    event: 'document.deleted',
    subject: { kind: 'document', id },
    details: { chunks: document.chunkCount, version: document.version },
  });
  return document;
}

export function removalNotice({ tenant }: TenantContext, id: string): { topic: string; id: string } {
  return { topic: deletedTopic, id: `${tenant.id} ${id}` };
}

/** Whoever added what could not be read may put it away: there is nothing in it to lose. */
export async function dismissDocument(context: TenantContext, id: string): Promise<void> {
  await inTenant(context, 'knowledge.create', async (db) => {
    const { stage, chunkCount, createdBy } = await getDocument(db, readerOf(context), id);
    if (stage !== 'failed' || chunkCount > 0 || createdBy !== accountOf(context.actor)) {
      throw new Forbidden('Only who added it may put it away, and only when it could not be read.');
    }
    await deleteDocument(db, id);
    await recordEvent(db, context, {
      category: 'knowledge',
      event: 'document.dismissed',
      subject: { kind: 'document', id },
    });
  });
}

/** Throws NotFound for a document that this reader may not see. */
export function openDocument(context: TenantContext, id: string): Promise<Document> {
  return readTenant(context, 'knowledge.read', (db) => getDocument(db, readerOf(context), id));
}
