import type { ChunkScore, LexicalScores } from './bm25.js';

/** How many of each side are considered. */
export const depth = 50;
/** Measured on five collections; between .5 and 2 the results hardly move. */
const denseWeight = 1;

export interface DenseHit {
  readonly documentId: string;
  readonly ordinal: number;
  readonly cosine: number;
}

export interface DenseScores {
  readonly top: readonly DenseHit[];
  cosineOf(documentId: string, ordinal: number): number | undefined;
}

export interface FusedHit extends ChunkScore {
  /** BM25, 0 without a common lexeme. */
  readonly lexical: number;
  /** Undefined when there are no vectors, or none of this chunk yet. */
  readonly cosine?: number;
}

/**
 * Best first: bm25 / highest bm25 + cosine, over the best 50 of each side. Scores, not ranks: ranks would throw away how
 * weak a weak match is. Without vectors it is BM25 alone.
 */
export function fuse(lexical: LexicalScores, dense: DenseScores | undefined, limit: number): FusedHit[] {
  const byWords = lexical.top(depth);
  const highest = byWords[0]?.score ?? 0;
  const candidates = new Map<string, { documentId: string; ordinal: number }>();
  for (const { documentId, ordinal } of [...byWords, ...(dense?.top.slice(0, depth) ?? [])]) {
    candidates.set(`${documentId}:${ordinal}`, { documentId, ordinal });
  }
  return Array.from(candidates.values(), ({ documentId, ordinal }) => {
    const score = lexical.scoreOf(documentId, ordinal);
    const cosine = dense?.cosineOf(documentId, ordinal);
    const fused = (highest > 0 ? score / highest : 0) + denseWeight * (cosine ?? 0);
    return { documentId, ordinal, score: fused, lexical: score, ...(cosine === undefined ? {} : { cosine }) };
  })
    .sort((one, other) => other.score - one.score)
    .slice(0, limit);
}
