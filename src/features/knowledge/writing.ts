import type { TenantDatabase } from '../../database/database.js';
import { newId } from '../../database/id.js';
import { enqueueJob } from '../../jobs/job.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenant } from '../../tenancy/in-tenant.js';
import { demandRoom } from '../../tenancy/quotas.js';
import type { DocumentText, PasteDraft } from './document.js';
import { countDocuments, insertDocument, saveText } from './queries.js';
import { sample } from './sample.js';

/** KB-1: text that needs no reading. */
export async function pasteDocument(context: TenantContext, draft: PasteDraft): Promise<string> {
  return inTenant(context, 'knowledge.create', (db) => pasteDocumentIn(db, context, draft));
}

/** The same in the caller's transaction. */
export function pasteDocumentIn(
  db: TenantDatabase,
  context: TenantContext,
  { title, text }: PasteDraft,
): Promise<string> {
  return writeDocument(db, context, { title, source: 'paste', sections: [{ headings: [], text }] });
}

/** The sample of the first-run guide. */
export async function addSample(context: TenantContext): Promise<string> {
  const { title, sections } = sample;
  return inTenant(context, 'knowledge.create', (db) =>
    writeDocument(db, context, { title, source: 'sample', sections }),
  );
}

interface Written {
  readonly title: string;
  readonly source: 'paste' | 'sample';
  readonly sections: DocumentText['sections'];
}

async function writeDocument(
  db: TenantDatabase,
  context: TenantContext,
  { title, source, sections }: Written,
): Promise<string> {
  const id = newId();
  const byteSize = sections.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  await demandRoom(context.tenant, 'documents', () => countDocuments(db));
  const createdBy = accountOf(context.actor) ?? null;
  await insertDocument(db, { id, title, source, byteSize, mediaType: 'text/plain', createdBy });
  await saveText(db, { id, title, mediaType: 'text/plain', pageCount: undefined, text: { sections } });
  await enqueueJob(db, 'knowledge.index', { documentId: id }, { key: `index ${id}` });
  await recordEvent(db, context, {
    category: 'knowledge',
    event: 'document.uploaded',
    subject: { kind: 'document', id },
    details: { source, bytes: byteSize },
  });
  return id;
}
