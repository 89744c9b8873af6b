import { entryBytes } from './postings.js';
import { topList } from './top-list.js';

const k1 = 1.2;
const b = 0.75;

/** A row of `postings` that was fetched for one of the question's tags. */
export interface FetchedPosting {
  readonly tag: Uint8Array;
  readonly documentId: string;
  readonly entries: Uint8Array;
}

export interface Collection {
  readonly chunkCount: number;
  /** Mean length of a chunk in terms. */
  readonly averageLength: number;
}

export interface ChunkScore {
  readonly documentId: string;
  readonly ordinal: number;
  readonly score: number;
}

export interface LexicalScores {
  /** The best chunks, best first. */
  top(count: number): ChunkScore[];
  /** 0 for a chunk with none of the question's lexemes. */
  scoreOf(documentId: string, ordinal: number): number;
}

/**
 * Okapi BM25 (Robertson and Zaragoza 2009) over the rows of the question's tags. How many chunks have a lexeme is
 * counted from the rows, so rows of documents that the asker may not read must not be among them.
 */
export function scoreBm25(rows: readonly FetchedPosting[], { chunkCount, averageLength }: Collection): LexicalScores {
  const found = frequencies(rows);
  const scores = new Map<string, Float64Array>();
  for (const { documentId, entries } of rows) {
    const last = entries.length >= entryBytes ? viewOf(entries).getUint32(entries.length - entryBytes, true) : -1;
    const known = scores.get(documentId);
    if (!known || known.length <= last) scores.set(documentId, grown(known, last + 1));
  }
  const perTerm = (k1 * b) / Math.max(averageLength, 1);
  for (const { tag, documentId, entries } of rows) {
    const count = found.get(keyOf(tag)) ?? 0;
    // The collection may have grown since it was counted.
    const idf = Math.log(1 + (Math.max(chunkCount, count) - count + 0.5) / (count + 0.5));
    addRow(scores.get(documentId) ?? new Float64Array(), viewOf(entries), { weight: idf * (k1 + 1), perTerm });
  }
  return {
    top: (count) => best(scores, count),
    scoreOf: (documentId, ordinal) => scores.get(documentId)?.[ordinal] ?? 0,
  };
}

const keyOf = (tag: Uint8Array): string => Buffer.from(tag.buffer, tag.byteOffset, tag.length).toString('latin1');

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** In how many chunks each tag occurs. */
function frequencies(rows: readonly FetchedPosting[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { tag, entries } of rows) {
    const key = keyOf(tag);
    counts.set(key, (counts.get(key) ?? 0) + entries.length / entryBytes);
  }
  return counts;
}

function grown(known: Float64Array | undefined, length: number): Float64Array {
  const larger = new Float64Array(length);
  if (known) larger.set(known);
  return larger;
}

function addRow(
  scores: Float64Array,
  entries: DataView,
  { weight, perTerm }: { weight: number; perTerm: number },
): void {
  for (let at = 0; at + entryBytes <= entries.byteLength; at += entryBytes) {
    const ordinal = entries.getUint32(at, true);
    const frequency = entries.getUint16(at + 4, true);
    const length = entries.getUint16(at + 6, true);
    const saturated = frequency / (frequency + k1 * (1 - b) + perTerm * length);
    scores[ordinal] = (scores[ordinal] ?? 0) + weight * saturated;
  }
}

function best(scores: ReadonlyMap<string, Float64Array>, count: number): ChunkScore[] {
  const list = topList<{ documentId: string; ordinal: number }>(count);
  for (const [documentId, chunkScores] of scores) {
    for (let ordinal = 0; ordinal < chunkScores.length; ordinal++) {
      const score = chunkScores[ordinal] ?? 0;
      if (score > 0 && score > list.threshold()) list.offer(score, { documentId, ordinal });
    }
  }
  return list.sorted().map(({ item, score }) => ({ ...item, score }));
}
