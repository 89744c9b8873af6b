import type { FetchedPosting } from '../retrieval/bm25.js';
import type { FusedHit } from '../retrieval/fusion.js';
import { entryBytes } from '../retrieval/postings.js';

/** How well a question was met, whatever else there was to choose from: the score of a passage only ranks it. */
export interface Confidence {
  /** The part of the question's words, each by how rare it is, that one passage holds: 0 to 1. */
  readonly coverage: number;
  /** The nearest passage in meaning, -1 to 1; undefined without an embedder. */
  readonly cosine: number | undefined;
}

/**
 * Half of what was asked for stands there, or a part of it and the meaning is near, or the meaning is very near. Of the
 * offline embedder: questions that the sample does not answer come to .36 at most, those that it answers to .33 to .64.
 */
export function isGood({ coverage, cosine = 0 }: Confidence): boolean {
  return coverage >= 0.5 || (coverage >= 0.3 && cosine >= 0.36) || cosine >= 0.42;
}

interface Met {
  /** For each word of the question the tags under which a text may have it. */
  readonly words: readonly (readonly Buffer[])[];
  readonly rows: readonly FetchedPosting[];
  readonly chunkCount: number;
  readonly hits: readonly FusedHit[];
}

export function confidenceOf({ words, rows, chunkCount, hits }: Met): Confidence {
  const byTag = new Map<string, FetchedPosting[]>();
  for (const row of rows) byTag.set(keyOf(row.tag), [...(byTag.get(keyOf(row.tag)) ?? []), row]);
  const weighed = words.map((tags) => {
    const found = tags.flatMap((tag) => byTag.get(keyOf(tag)) ?? []);
    const chunks = found.reduce((sum, { entries }) => sum + entries.length / entryBytes, 0);
    const count = Math.min(chunks, chunkCount);
    return { found, weight: Math.log(1 + (chunkCount - count + 0.5) / (count + 0.5)) };
  });
  const whole = weighed.reduce((sum, { weight }) => sum + weight, 0);
  const parts = hits.map((hit) =>
    weighed.reduce((sum, { found, weight }) => sum + (found.some((row) => holds(row, hit)) ? weight : 0), 0),
  );
  const cosines = hits.flatMap(({ cosine }) => cosine ?? []);
  return {
    coverage: whole > 0 ? Math.max(0, ...parts) / whole : 0,
    cosine: cosines.length > 0 ? Math.max(...cosines) : undefined,
  };
}

const keyOf = (tag: Uint8Array) => Buffer.from(tag.buffer, tag.byteOffset, tag.length).toString('latin1');

function holds({ documentId, entries }: FetchedPosting, hit: FusedHit): boolean {
  if (documentId !== hit.documentId) return false;
  const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
  for (let at = 0; at + entryBytes <= entries.length; at += entryBytes) {
    if (view.getUint32(at, true) === hit.ordinal) return true;
  }
  return false;
}
