import type { TenantDatabase } from '../../../database/database.js';
import { VectorIndex } from '../retrieval/vector-index.js';
import { listVectors, type Searchable } from './queries.js';

interface Warm {
  readonly index: VectorIndex;
  /** Document id -> the version whose vectors are in memory; also of documents that have none. */
  readonly versions: Map<string, string>;
  /** One load at a time: a second search of the same tenant waits for the first. */
  loading: Promise<void>;
}

const mostBytes = 512 * 1024 * 1024;
const documentsAtOnce = 200;
const warm = new Map<string, Warm>();

/**
 * A tenant's vectors in memory, brought up to the documents that this search may touch. Nothing is served that the
 * database does not list now: a deleted document's vectors are never among the allowed ones.
 */
export async function vectorsOf(
  db: TenantDatabase,
  model: { id: string; dimensions: number },
  documents: readonly Searchable[],
): Promise<VectorIndex> {
  const key = `${db.tenantId} ${model.id}`;
  const entry = warm.get(key) ?? {
    index: new VectorIndex(model.dimensions),
    versions: new Map(),
    loading: Promise.resolve(),
  };
  warm.delete(key);
  warm.set(key, entry);
  entry.loading = entry.loading.catch(() => {}).then(() => load(db, model.id, entry, documents));
  await entry.loading;
  evict(key);
  return entry.index;
}

async function load(
  db: TenantDatabase,
  embedder: string,
  entry: Warm,
  documents: readonly Searchable[],
): Promise<void> {
  const stale = documents.filter(({ id, version }) => entry.versions.get(id) !== version);
  for (let at = 0; at < stale.length; at += documentsAtOnce) {
    const some = stale.slice(at, at + documentsAtOnce);
    const found = await listVectors(
      db,
      embedder,
      some.map(({ id }) => id),
    );
    for (const { id, version } of some) {
      entry.index.remove(id);
      entry.versions.set(id, version);
    }
    for (const { documentId, packed } of found) entry.index.set(documentId, packed);
  }
}

/** Least recently used first, never the one in use. */
function evict(inUse: string): void {
  let bytes = [...warm.values()].reduce((sum, { index }) => sum + index.bytes, 0);
  for (const [key, { index }] of warm) {
    if (bytes <= mostBytes) return;
    if (key === inUse) continue;
    bytes -= index.bytes;
    warm.delete(key);
  }
}

/** For a deleted document: its vectors leave the memory at once too. */
export function forgetVectors(tenantId: string, documentId: string): void {
  for (const [key, { index, versions }] of warm) {
    if (!key.startsWith(`${tenantId} `)) continue;
    index.remove(documentId);
    versions.delete(documentId);
  }
}
