import { Forbidden } from '../../../../errors.js';
import { enqueueJob } from '../../../../jobs/job.js';
import type { Meter } from '../../../../llm/meter.js';
import { log } from '../../../../log.js';
import type { TenantContext } from '../../../../tenancy/context.js';
import { recordEvent } from '../../../../tenancy/events.js';
import { inTenant, readTenant } from '../../../../tenancy/in-tenant.js';
import { embeddingMeter } from '../../../usage/embedding.js';
import { ChunkBody } from '../../document.js';
import { markProgress } from '../../queries.js';
import { prefixOf } from '../../retrieval/chunking.js';
import type { Embedder } from '../../retrieval/embedder.js';
import { packVectors, strideOf } from '../../retrieval/vectors.js';
import { tellWhoAdded } from '../../telling/tell.js';
import { embedder } from '../embedding.js';
import { listVectors } from '../queries.js';
import { findIndexed, listSealedChunks, markDone, saveVectors } from './queries.js';
import { isStopping, throwIfStopping } from './stopping.js';

const passagesAtOnce = 64;
/** Then what there is gets saved and another job goes on: mails and other people's documents have their turn. */
const turnMs = 10_000;
const dayMs = 24 * 3600_000;

interface Work {
  readonly documentId: string;
  readonly title: string;
  readonly chunkCount: number;
  readonly state: string;
  readonly model: Embedder;
  /** Of whoever added the document. */
  readonly meter: Meter;
}

/**
 * Makes a document searchable by meaning too. What a killed process had saved is not computed again. When the embedder
 * fails, the document is ready with its words, and this throws, to be tried again later.
 */
export async function embedDocument(context: TenantContext, documentId: string): Promise<void> {
  throwIfStopping();
  const found = await readTenant(context, 'knowledge.update', (db) => findIndexed(db, documentId));
  if (!found) return;
  const meter = embeddingMeter(context, { accountId: found.createdBy, agentId: null, purpose: 'index' });
  const model = await modelOrReason(meter);
  if (!model || model instanceof Error) {
    await finish(context, documentId, 'none');
    if (model) await tryLater(context, documentId, model);
    return;
  }
  await embedSome(context, { ...found, documentId, model, meter });
}

/** The queue tries again, ever more slowly. What a limit forbids would have no tries left when there is more (AG-3). */
async function tryLater(context: TenantContext, documentId: string, failure: unknown): Promise<void> {
  if (!(failure instanceof Forbidden)) throw failure;
  const at = new Date(Date.now() + dayMs);
  await inTenant(context, 'knowledge.update', (db) =>
    enqueueJob(db, 'knowledge.embed', { documentId }, { key: `embed ${documentId}`, at }),
  );
}

async function modelOrReason(meter: Meter): Promise<Embedder | Error | undefined> {
  return embedder(meter).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
}

async function embedSome(context: TenantContext, work: Work): Promise<void> {
  const { documentId, chunkCount, state, model } = work;
  const saved = await savedVectors(context, work);
  const { vectors, failure } = await embedFrom(context, work, saved.length / strideOf(model.dimensions));
  // The index was replaced meanwhile: that has a job of its own.
  if (vectors.length === 0 && !failure && saved.length < chunkCount * strideOf(model.dimensions)) return;
  const packed = Buffer.concat([saved, packVectors(vectors)]);
  const complete = packed.length / strideOf(model.dimensions) >= chunkCount;
  const current = await inTenant(context, 'knowledge.update', async (db) => {
    if (vectors.length > 0 && (await saveVectors(db, documentId, { embedder: model.id, packed, state })) === 0)
      return false;
    // Not while it fails: then the queue tries again, ever more slowly.
    if (!complete && !failure) await enqueueJob(db, 'knowledge.embed', { documentId }, { key: `embed ${documentId}` });
    return true;
  });
  if (!current) return;
  if (complete) await finish(context, documentId, model.id);
  if (failure && !isStopping()) await finish(context, documentId, 'none');
  if (failure) await tryLater(context, documentId, failure);
}

async function savedVectors(context: TenantContext, { documentId, model, chunkCount }: Work): Promise<Buffer> {
  const [saved] = await readTenant(context, 'knowledge.update', (db) => listVectors(db, model.id, [documentId]));
  const stride = strideOf(model.dimensions);
  const usable = saved && saved.packed.length % stride === 0 && saved.packed.length <= chunkCount * stride;
  return usable ? saved.packed : Buffer.alloc(0);
}

/** As many as there is time for. */
async function embedFrom(context: TenantContext, work: Work, first: number) {
  const { documentId, title, chunkCount, model, meter } = work;
  const vectors: Float32Array[] = [];
  const until = Date.now() + turnMs;
  try {
    while (first + vectors.length < chunkCount && Date.now() < until) {
      throwIfStopping();
      const passages = await listPassages(context, documentId, { title, from: first + vectors.length });
      if (passages.length === 0) break;
      vectors.push(...(await model.embedPassages(passages, meter)));
      const progress = Math.min(99, Math.round(((first + vectors.length) / chunkCount) * 100));
      await inTenant(context, 'knowledge.update', (db) => markProgress(db, documentId, 'indexing', progress));
    }
    return { vectors };
  } catch (error) {
    if (!isStopping())
      log().warn({ err: error, documentId }, 'embedding failed; until it works words find the document');
    return { vectors, failure: error };
  }
}

function listPassages(context: TenantContext, documentId: string, { title, from }: { title: string; from: number }) {
  return readTenant(context, 'knowledge.update', async (db) => {
    const rows = await listSealedChunks(db, documentId, from, passagesAtOnce);
    return rows.map(({ id, body }) => {
      const chunk = ChunkBody.parse(JSON.parse(db.openText('chunks.body', id, body)));
      return { prefix: prefixOf(title, chunk), text: chunk.text };
    });
  });
}

async function finish(context: TenantContext, documentId: string, embeddings: string): Promise<void> {
  await inTenant(context, 'knowledge.update', async (db) => {
    if ((await markDone(db, documentId)) === 0) return;
    await recordEvent(db, context, {
      category: 'knowledge',
      event: 'document.ready',
      subject: { kind: 'document', id: documentId },
      details: { embeddings },
    });
    await tellWhoAdded(db, context, documentId, 'ready');
  });
}
