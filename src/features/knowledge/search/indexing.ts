import { newId } from '../../../database/id.js';
import { log } from '../../../log.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenant, readTenant } from '../../../tenancy/in-tenant.js';
import type { Document, DocumentText } from '../document.js';
import { findDocument, findText, markProgress } from '../queries.js';
import { type Chunk, chunkSections, prefixOf } from '../retrieval/chunking.js';
import { postingsOf } from '../retrieval/postings.js';
import { packVectors } from '../retrieval/vectors.js';
import { embedder } from './embedding.js';
import { markDone, replaceIndex, saveVectors } from './queries.js';

const passagesAtOnce = 64;

/** Makes a document searchable from its kept text: by words first, then by meaning. May be repeated at any point. */
export async function indexDocument(context: TenantContext, documentId: string): Promise<void> {
  const found = await readTenant(context, 'knowledge.update', async (db) => {
    const document = await findDocument(db, documentId);
    return document && { document, text: await findText(db, documentId) };
  });
  if (!found?.text || found.document.stage === 'failed') return;
  const chunks = await indexWords(context, found.document, found.text);
  const vectors = await embedChunks(context, found.document, chunks);
  await inTenant(context, 'knowledge.update', async (db) => {
    if (vectors) await saveVectors(db, documentId, vectors.embedder, vectors.packed);
    if ((await markDone(db, documentId)) === 0) return;
    await recordEvent(db, context, {
      category: 'knowledge',
      event: 'document.indexed',
      subject: { kind: 'document', id: documentId },
      details: { chunks: chunks.length, embedder: vectors?.embedder ?? 'none', version: found.document.version },
    });
  });
}

async function indexWords(context: TenantContext, document: Document, text: DocumentText): Promise<Chunk[]> {
  const chunks = chunkSections(document.title, text.sections);
  await inTenant(context, 'knowledge.update', async (db) => {
    const { rows, termTotal } = postingsOf(document.title, chunks, db.blind);
    const sealed = chunks.map(({ ordinal, headings, page, text: body, start, end }) => ({
      id: newId(),
      ordinal,
      body: { headings: [...headings], page, text: body, start, end },
    }));
    await replaceIndex(db, document.id, { chunks: sealed, postings: rows, termTotal });
  });
  return chunks;
}

/** Undefined when there is no embedder or it failed: the words are indexed, and a re-index tries again. */
async function embedChunks(context: TenantContext, { id, title }: Document, chunks: readonly Chunk[]) {
  try {
    const model = await embedder();
    if (!model || chunks.length === 0) return undefined;
    const vectors: Float32Array[] = [];
    for (let at = 0; at < chunks.length; at += passagesAtOnce) {
      const some = chunks.slice(at, at + passagesAtOnce);
      vectors.push(
        ...(await model.embedPassages(some.map((chunk) => ({ prefix: prefixOf(title, chunk), text: chunk.text })))),
      );
      const progress = Math.min(99, Math.round((vectors.length / chunks.length) * 100));
      await inTenant(context, 'knowledge.update', (db) => markProgress(db, id, 'indexing', progress));
    }
    return { embedder: model.id, packed: packVectors(vectors) };
  } catch (error) {
    log().warn({ err: error, documentId: id }, 'embedding failed; the document is found by its words only');
    return undefined;
  }
}
