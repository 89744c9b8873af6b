import { newId } from '../../database/id.js';
import { enqueueJob } from '../../jobs/job.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenant } from '../../tenancy/in-tenant.js';
import type { DocumentText, PasteDraft } from './document.js';
import { insertDocument, saveText } from './queries.js';
import { sample } from './sample.js';

/** KB-1: text that needs no reading. */
export async function pasteDocument(context: TenantContext, { title, text }: PasteDraft): Promise<string> {
  return writeDocument(context, { title, source: 'paste', sections: [{ headings: [], text }] });
}

/** The sample of the first-run guide. */
export async function addSample(context: TenantContext): Promise<string> {
  return writeDocument(context, { title: sample.title, source: 'sample', sections: sample.sections });
}

interface Written {
  readonly title: string;
  readonly source: 'paste' | 'sample';
  readonly sections: DocumentText['sections'];
}

async function writeDocument(context: TenantContext, { title, source, sections }: Written): Promise<string> {
  const id = newId();
  const byteSize = sections.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  await inTenant(context, 'knowledge.create', async (db) => {
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
  });
  return id;
}
