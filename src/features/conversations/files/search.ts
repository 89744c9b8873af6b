import type { Passage } from '../../../llm/tool.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { queryLexemes } from '../../knowledge/retrieval/analysis.js';
import { scoreBm25 } from '../../knowledge/retrieval/bm25.js';
import { ownedBy } from '../actions.js';
import { listFileChunks, listFilePostings, listFileText } from './queries.js';
import { fileTag } from './reading.js';

const passages = 6;

/** The best passages of the files of this conversation, best first. Nobody else's, and of no other conversation. */
export function searchFiles(context: TenantContext, id: string, query: string): Promise<Passage[]> {
  const owned = ownedBy(context, id);
  return readTenant(context, 'conversations.read', async (db) => {
    const tags = queryLexemes(query).map((lexeme) => fileTag(db, lexeme));
    const { rows, chunkCount, termTotal } = await listFilePostings(db, owned, tags);
    const scores = scoreBm25(rows, { chunkCount, averageLength: termTotal / Math.max(1, chunkCount) });
    const best = scores.top(passages);
    const known = new Map(
      (await listFileChunks(db, owned, best)).map((chunk) => [`${chunk.documentId}:${chunk.ordinal}`, chunk]),
    );
    return best.flatMap(({ documentId, ordinal }) => {
      const chunk = known.get(`${documentId}:${ordinal}`);
      return chunk ? [{ ...chunk, conversationId: id }] : [];
    });
  });
}

/** From its beginning on, for a question about all of it. */
export function readFileText(context: TenantContext, id: string, fileId: string): Promise<Passage[]> {
  return readTenant(context, 'conversations.read', async (db) => {
    const chunks = await listFileText(db, ownedBy(context, id), { fileId, limit: 24 });
    return chunks.map((chunk) => ({ ...chunk, conversationId: id }));
  });
}
