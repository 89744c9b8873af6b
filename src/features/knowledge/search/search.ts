import { setTimeout as pause } from 'node:timers/promises';
import type { TenantDatabase } from '../../../database/database.js';
import type { Meter } from '../../../llm/meter.js';
import { log } from '../../../log.js';
import { accountOf, isForAll, may, type TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { embeddingMeter } from '../../usage/embedding.js';
import type { Passage } from '../document.js';
import type { Reader } from '../queries.js';
import { queryLexemes, queryWords } from '../retrieval/analysis.js';
import { scoreBm25 } from '../retrieval/bm25.js';
import { type DenseScores, depth, fuse } from '../retrieval/fusion.js';
import { type Confidence, confidenceOf } from './confidence.js';
import { embedder } from './embedding.js';
import { listChunks, listPostings, listSearchable, type Searchable } from './queries.js';
import { vectorsOf } from './vector-cache.js';

/** So long a person waits for the embedder, which may be starting, before the words decide alone. */
const patienceMs = 4000;

export interface Search {
  readonly query: string;
  /** How many passages at most. */
  readonly limit: number;
  /** Only these documents: an agent whose knowledge was chosen. */
  readonly within?: readonly string[];
}

/** Whose eyes a search has: the asking person's, also when an agent asks. */
export function readerOf(context: TenantContext): Reader {
  const { actor } = context;
  const person = actor.kind === 'agent' ? actor.onBehalfOf : actor;
  const roles = person.kind === 'member' ? [person.role, ...(person.ownRoles ?? [])] : [];
  const agent = actor.kind === 'agent' ? { agentId: actor.agentId } : {};
  if (isForAll(context)) return { roles: [], seesAll: false, ...agent };
  return { roles, seesAll: may(actor, 'knowledge.manage'), ...agent };
}

/** KB-4: the best passages by words and by meaning, best first, of what this reader may see. */
export async function searchKnowledge(context: TenantContext, search: Search): Promise<Passage[]> {
  return (await searchWell(context, search)).passages;
}

/** A longer question is a text: its first words tell whether it is met. */
const mostWeighed = 64;

const nothing = { passages: [], confidence: { coverage: 0, cosine: undefined } };

/** The same, and how well the question was met. */
export function searchWell(
  context: TenantContext,
  search: Search,
): Promise<{ passages: Passage[]; confidence: Confidence }> {
  return readTenant(context, 'knowledge.read', async (db) => {
    const documents = await listSearchable(db, readerOf(context), search.within);
    if (documents.length === 0) return nothing;
    const [{ lexical, rows, chunkCount }, dense] = await Promise.all([
      byWords(db, search.query, documents),
      byMeaning(db, { query: search.query, documents, meter: meterOf(context) }),
    ]);
    const hits = fuse(lexical, dense, search.limit);
    const chunks = await listChunks(db, hits);
    const known = new Map(chunks.map((chunk) => [`${chunk.documentId}:${chunk.ordinal}`, chunk]));
    const passages = hits.flatMap(({ documentId, ordinal, score }) => {
      const chunk = known.get(`${documentId}:${ordinal}`);
      return chunk ? [{ ...chunk, score }] : [];
    });
    const words = queryWords(search.query)
      .slice(0, mostWeighed)
      .map((lexemes) => lexemes.map(db.blind));
    return { passages, confidence: confidenceOf({ words, rows, chunkCount, hits }) };
  });
}

async function byWords(db: TenantDatabase, query: string, documents: readonly Searchable[]) {
  const tags = queryLexemes(query).map(db.blind);
  const allowed = new Set(documents.map(({ id }) => id));
  const rows = (await listPostings(db, tags)).filter(({ documentId }) => allowed.has(documentId));
  const chunkCount = documents.reduce((sum, document) => sum + document.chunkCount, 0);
  const termTotal = documents.reduce((sum, document) => sum + document.termTotal, 0);
  const lexical = scoreBm25(rows, { chunkCount, averageLength: termTotal / Math.max(1, chunkCount) });
  return { lexical, rows, chunkCount };
}

function meterOf(context: TenantContext): Meter {
  const { actor } = context;
  const agentId = actor.kind === 'agent' ? actor.agentId : null;
  return embeddingMeter(context, { accountId: accountOf(actor) ?? null, agentId, purpose: 'search' });
}

interface Meant {
  readonly query: string;
  readonly documents: readonly Searchable[];
  readonly meter: Meter;
}

/** Undefined when the embedder is away or slow, or a limit is reached: then the words decide alone. */
async function byMeaning(db: TenantDatabase, meant: Meant): Promise<DenseScores | undefined> {
  const patience = new AbortController();
  try {
    return await Promise.race([
      scores(db, meant),
      pause(patienceMs, undefined, { signal: patience.signal, ref: false }),
    ]);
  } catch (error) {
    log().warn({ err: error }, 'searching by words alone');
    return undefined;
  } finally {
    patience.abort();
  }
}

async function scores(db: TenantDatabase, { query, documents, meter }: Meant): Promise<DenseScores | undefined> {
  const model = await embedder(meter);
  if (!model) return undefined;
  const [vector, index] = await Promise.all([model.embedQuery(query, meter), vectorsOf(db, model, documents)]);
  const allowed = new Set(documents.map(({ id }) => id));
  return {
    top: index.scan(vector, depth, allowed),
    cosineOf: (documentId, ordinal) => index.cosineOf(documentId, ordinal, vector),
  };
}
