import type { TenantContext } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { type Document, DocumentText, mostPasted } from './document.js';
import { findKept, getDocument, listAgentsFor, listHistory } from './queries.js';
import { findChunk } from './search/queries.js';
import { readerOf } from './search/search.js';
import type { Part } from './text/part.js';
import { readPart } from './text/threads.js';
import { findComparison, type KeptComparison } from './versions/queries.js';

export interface DocumentPage {
  readonly document: Document;
  readonly history: Awaited<ReturnType<typeof listHistory>>;
  /** Names of those that may search it. */
  readonly agents: readonly string[];
  /** What the newest version changed for search, while its old words are kept. */
  readonly comparison: KeptComparison | undefined;
  /** The text before, in and after the passage that was asked for. Undefined until something was read. */
  readonly text: Part | undefined;
  /** A passage was asked for, but the document has changed since. */
  readonly passageGone: boolean;
}

/** A part of a document's text, the one with the asked passage in it if there is one. Throws NotFound. */
export function readDocumentPage(
  context: TenantContext,
  id: string,
  asked: { chunk?: string | undefined; part: number },
): Promise<DocumentPage> {
  return readTenant(context, 'knowledge.read', async (db) => {
    const document = await getDocument(db, readerOf(context), id);
    const [kept, passage, history, agents, comparison] = await Promise.all([
      findKept(db, id),
      asked.chunk ? findChunk(db, id, asked.chunk) : undefined,
      listHistory(db, id),
      listAgentsFor(db, id),
      findComparison(db, id),
    ]);
    const text = kept && (await readPart(kept, { part: asked.part, passage }));
    return { document, history, agents, comparison, text, passageGone: asked.chunk !== undefined && !passage };
  });
}

/** A document with its text, where that is one piece that fits into a form. Throws NotFound. */
export function readWholeText(context: TenantContext, id: string): Promise<{ document: Document; text?: string }> {
  return readTenant(context, 'knowledge.update', async (db) => {
    const document = await getDocument(db, readerOf(context), id);
    const kept = document.source === 'paste' ? await findKept(db, id) : undefined;
    const [only, ...more] = kept ? DocumentText.parse(JSON.parse(kept.toString('utf8'))).sections : [];
    const whole = only && more.length === 0 && only.headings.length === 0 && only.text.length <= mostPasted;
    return whole ? { document, text: only.text } : { document };
  });
}
