import { config } from '../../../../config.js';
import type { TenantDatabase } from '../../../../database/database.js';
import { newId } from '../../../../database/id.js';
import { enqueueJob } from '../../../../jobs/job.js';
import type { TenantContext } from '../../../../tenancy/context.js';
import { recordEvent } from '../../../../tenancy/events.js';
import { inTenant, readTenant } from '../../../../tenancy/in-tenant.js';
import { ChunkBody } from '../../document.js';
import { markFailed, markProgress } from '../../queries.js';
import type { Blind } from '../../retrieval/postings.js';
import { tellWhoAdded } from '../../telling/tell.js';
import type { Piece } from '../../text/preparation.js';
import { prepare } from '../../text/threads.js';
import type { Passage } from '../../versions/comparison.js';
import { keepComparison } from '../../versions/keeping.js';
import {
  deleteIndex,
  findKeptText,
  insertIndex,
  type KeptText,
  listSealedChunks,
  lockForIndex,
  markWords,
  type Posting,
  type SealedChunk,
  sealChunk,
  type WordIndex,
} from './queries.js';
import { throwIfStopping } from './stopping.js';
import { blindOf } from './tag-memory.js';

/** Bytes; writing the index of a shorter one takes no time that anybody would see. */
const longText = 200_000;

/** Makes a document searchable by its words, from its kept text; meaning follows in a job of its own. May be repeated. */
export async function indexWords(context: TenantContext, documentId: string): Promise<void> {
  throwIfStopping();
  const index = await readTenant(context, 'knowledge.update', async (db) => {
    const text = await findKeptText(db, documentId);
    if (!text) return undefined;
    const known = text.indexed ? await knownPassages(db, documentId) : [];
    return { text, known, ...(await prepared(db, documentId, text, idsOf(known))) };
  });
  if (!index) return;
  throwIfStopping();
  const byMeaning = config().EMBEDDER !== 'off' && index.chunks.length > 0;
  await inTenant(context, 'knowledge.update', async (db) => {
    const locked = await lockForIndex(db, documentId, index.text.revision);
    if (!locked) return;
    if (locked.indexed) await deleteIndex(db, documentId);
    if (index.known.length > 0) {
      const { known: before, passages: after, text } = index;
      await keepComparison(db, { documentId, version: text.version, before, after });
    }
    await insertIndex(db, documentId, index);
    const [chunks, termTotal] = [index.chunks.length, index.termTotal];
    await markWords(db, documentId, { chunks, termTotal, stage: byMeaning ? 'indexing' : 'done' });
    if (byMeaning) await enqueueJob(db, 'knowledge.embed', { documentId }, { key: `embed ${documentId}` });
    await recordEvent(db, context, {
      category: 'knowledge',
      event: 'document.indexed',
      subject: { kind: 'document', id: documentId },
      details: { chunks, version: index.text.version },
    });
    if (!byMeaning) await tellWhoAdded(db, context, documentId, 'ready');
  });
}

interface Known extends Passage {
  readonly id: string;
}

/** What the index of now holds. */
async function knownPassages(db: TenantDatabase, documentId: string): Promise<Known[]> {
  const known: Known[] = [];
  for (let from = 0; ; ) {
    const rows = await listSealedChunks(db, documentId, from);
    for (const { id, body } of rows) {
      const { headings, page, text } = ChunkBody.parse(JSON.parse(db.openText('chunks.body', id, body)));
      known.push({ id, headings, page, text });
    }
    const last = rows.at(-1);
    if (!last) return known;
    from = last.ordinal + 1;
  }
}

/** A passage that stays word for word keeps its id, so that an answer that cited it still finds it. */
function idsOf(known: readonly Known[]): Map<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const { id, text } of known) {
    const same = ids.get(text);
    if (same) same.push(id);
    else ids.set(text, [id]);
  }
  return ids;
}

async function prepared(
  db: TenantDatabase,
  documentId: string,
  { title, body }: KeptText,
  ids: Map<string, string[]>,
): Promise<WordIndex & { readonly passages: readonly Passage[] }> {
  const chunks: SealedChunk[] = [];
  const passages: Passage[] = [];
  const postings: Posting[] = [];
  const blind = blindOf(db);
  let termTotal = 0;
  await prepare(title, body, (piece: Piece) => {
    if (piece.kind === 'chunks') {
      for (const chunk of piece.chunks) {
        chunks.push(sealChunk(db, ids.get(chunk.text)?.shift() ?? newId(), chunks.length, chunk));
        passages.push(chunk);
      }
    } else if (piece.kind === 'postings') postings.push(...blinded(blind, piece));
    else termTotal = piece.termTotal;
  });
  if (body.length > longText) await markProgress(db, documentId, 'chunking', 90);
  return { chunks, passages, postings: withoutTwins(postings), termTotal };
}

function blinded(blind: Blind, piece: Extract<Piece, { kind: 'postings' }>): Posting[] {
  const entries = Buffer.from(piece.entries.buffer, piece.entries.byteOffset, piece.entries.length);
  let at = 0;
  return piece.lexemes.map((lexeme, index) => {
    const from = at;
    at += piece.lengths[index] ?? 0;
    return { tag: blind(lexeme), entries: entries.subarray(from, at) };
  });
}

/** Two lexemes of a document with one tag come once in ten million documents: the rarer is given up, not the document. */
function withoutTwins(postings: readonly Posting[]): Posting[] {
  const byTag = new Map<string, Posting>();
  for (const posting of postings) {
    const key = posting.tag.toString('latin1');
    const twin = byTag.get(key);
    if (!twin || twin.entries.length < posting.entries.length) byTag.set(key, posting);
  }
  return byTag.size === postings.length ? [...postings] : [...byTag.values()];
}

/** Every try has failed. */
export async function giveUpIndexing(context: TenantContext, documentId: string): Promise<void> {
  await inTenant(context, 'knowledge.update', async (db) => {
    const failure = 'It could not be indexed. Choose "Index again" to try once more.';
    if ((await markFailed(db, documentId, { failure, stages: ['chunking', 'indexing'] })) === 0) return;
    await recordEvent(db, context, {
      category: 'knowledge',
      event: 'document.failed',
      outcome: 'failed',
      subject: { kind: 'document', id: documentId },
      details: { stage: 'indexing' },
    });
    await tellWhoAdded(db, context, documentId, 'failed');
  });
}
