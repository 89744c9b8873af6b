import type { TenantDatabase } from '../../../database/database.js';
import { onPublished } from '../../../database/shared.js';
import { VectorIndex } from '../retrieval/vector-index.js';
import { listVectors, type Searchable } from './queries.js';

/** Says `tenant document` when a document is deleted. */
export const deletedTopic = 'document-deleted';

interface Warm {
  readonly index: VectorIndex;
  /** Document id -> the state whose vectors are in memory; also of documents that have none. */
  readonly states: Map<string, string>;
  /** Deleted while they were being loaded. */
  readonly deleted: Set<string>;
  /** One load at a time: a second search of the same tenant waits for the first. */
  loading: Promise<void>;
  usedAt: number;
}

const mostBytes = 512 * 1024 * 1024;
const idleMs = 30 * 60_000;
/** In one statement: about 10 MB. */
const vectorsAtOnce = 20_000;
const warm = new Map<string, Warm>();
let listening: (() => void) | undefined;

/**
 * A tenant's vectors in memory, brought up to the documents that this search may touch. Nothing is served that the
 * database does not list now: a deleted document's vectors are never among the allowed ones.
 */
export async function vectorsOf(
  db: TenantDatabase,
  model: { id: string; dimensions: number },
  documents: readonly Searchable[],
): Promise<VectorIndex> {
  listening ??= onPublished(deletedTopic, forget);
  const key = `${db.tenantId} ${model.id}`;
  const entry = warm.get(key) ?? {
    index: new VectorIndex(model.dimensions),
    states: new Map(),
    deleted: new Set(),
    loading: Promise.resolve(),
    usedAt: 0,
  };
  warm.delete(key);
  warm.set(key, entry);
  entry.usedAt = Date.now();
  entry.loading = entry.loading.catch(() => {}).then(() => load(db, model.id, entry, documents));
  await entry.loading;
  evict(key);
  return entry.index;
}

async function load(db: TenantDatabase, embedder: string, entry: Warm, documents: readonly Searchable[]) {
  const stale = documents.filter(({ id, version }) => entry.states.get(id) !== version);
  for (const some of portions(stale)) {
    entry.deleted.clear();
    const ids = some.map(({ id }) => id);
    const found = await listVectors(db, embedder, ids);
    for (const { id, version } of some) {
      entry.index.remove(id);
      if (!entry.deleted.has(id)) entry.states.set(id, version);
    }
    for (const { documentId, packed } of found) {
      if (!entry.deleted.has(documentId)) entry.index.set(documentId, packed);
    }
  }
}

function* portions(documents: readonly Searchable[]): Generator<Searchable[]> {
  let portion: Searchable[] = [];
  let vectors = 0;
  for (const document of documents) {
    portion.push(document);
    vectors += document.chunkCount;
    if (vectors < vectorsAtOnce && portion.length < 1000) continue;
    yield portion;
    [portion, vectors] = [[], 0];
  }
  if (portion.length > 0) yield portion;
}

/** Least recently used first, never the one in use; and whoever asks nothing for half an hour. */
function evict(inUse: string): void {
  let bytes = [...warm.values()].reduce((sum, { index }) => sum + index.bytes, 0);
  for (const [key, { index, usedAt }] of warm) {
    if (key === inUse || (bytes <= mostBytes && usedAt > Date.now() - idleMs)) continue;
    bytes -= index.bytes;
    warm.delete(key);
  }
}

/** A deleted document's vectors leave the memory at once too. */
function forget(notice: string): void {
  const [tenantId, documentId = ''] = notice.split(' ');
  for (const [key, { index, states, deleted }] of warm) {
    if (!key.startsWith(`${tenantId} `)) continue;
    index.remove(documentId);
    states.delete(documentId);
    deleted.add(documentId);
  }
}

/** Whether any vector of this document is in the memory of this process. */
export function holdsVectors(tenantId: string, documentId: string): boolean {
  return [...warm].some(([key, { index }]) => key.startsWith(`${tenantId} `) && index.has(documentId));
}

export function forgetAllVectors(): void {
  warm.clear();
  listening?.();
  listening = undefined;
}
