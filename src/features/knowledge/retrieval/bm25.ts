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

/** Where a document's chunks have their scores: one array for all, because thousands of small ones cost more. */
interface Slot {
  first: number;
  length: number;
}

/**
 * Okapi BM25 (Robertson and Zaragoza 2009) over the rows of the question's tags. How many chunks have a lexeme is
 * counted from the rows, so rows of documents that the asker may not read must not be among them.
 */
export function scoreBm25(rows: readonly FetchedPosting[], { chunkCount, averageLength }: Collection): LexicalScores {
  const keys = rows.map(({ tag }) => Buffer.from(tag.buffer, tag.byteOffset, tag.length).toString('latin1'));
  const found = chunksWith(rows, keys);
  const slots = slotsFor(rows);
  let size = 0;
  for (const slot of slots.values()) {
    slot.first = size;
    size += slot.length;
  }
  const scores = new Float64Array(size);
  const perTerm = (k1 * b) / Math.max(averageLength, 1);
  for (const [i, { documentId, entries }] of rows.entries()) {
    const count = found.get(keys[i] ?? '') ?? 0;
    // The collection may have grown since it was counted.
    const idf = Math.log(1 + (Math.max(chunkCount, count) - count + 0.5) / (count + 0.5));
    addRow(scores, entries, { first: slots.get(documentId)?.first ?? 0, weight: idf * (k1 + 1), perTerm });
  }
  return {
    top: (count) => best(scores, slots, count),
    scoreOf(documentId, ordinal) {
      const slot = slots.get(documentId);
      return slot && ordinal < slot.length ? (scores[slot.first + ordinal] ?? 0) : 0;
    },
  };
}

/** In how many chunks each tag occurs. */
function chunksWith(rows: readonly FetchedPosting[], keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [i, { entries }] of rows.entries()) {
    const key = keys[i] ?? '';
    counts.set(key, (counts.get(key) ?? 0) + entries.length / entryBytes);
  }
  return counts;
}

/** Entries are by ordinal, so the last one tells how many chunks a document has at least. */
function slotsFor(rows: readonly FetchedPosting[]): Map<string, Slot> {
  const slots = new Map<string, Slot>();
  for (const { documentId, entries } of rows) {
    const length = entries.length < entryBytes ? 0 : ordinalAt(entries, entries.length - entryBytes) + 1;
    const slot = slots.get(documentId);
    if (!slot) slots.set(documentId, { first: 0, length });
    else if (slot.length < length) slot.length = length;
  }
  return slots;
}

function ordinalAt(entries: Uint8Array, at: number): number {
  const low = (entries[at] ?? 0) | ((entries[at + 1] ?? 0) << 8) | ((entries[at + 2] ?? 0) << 16);
  return low + (entries[at + 3] ?? 0) * 0x1000000;
}

function addRow(
  scores: Float64Array,
  entries: Uint8Array,
  { first, weight, perTerm }: { first: number; weight: number; perTerm: number },
): void {
  const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
  for (let at = 0; at + entryBytes <= entries.length; at += entryBytes) {
    const frequency = view.getUint16(at + 4, true);
    const length = view.getUint16(at + 6, true);
    const place = first + view.getUint32(at, true);
    const saturated = frequency / (frequency + k1 * (1 - b) + perTerm * length);
    scores[place] = (scores[place] ?? 0) + weight * saturated;
  }
}

function best(scores: Float64Array, slots: ReadonlyMap<string, Slot>, count: number): ChunkScore[] {
  const list = topList<{ documentId: string; ordinal: number }>(count);
  for (const [documentId, { first, length }] of slots) {
    for (let ordinal = 0; ordinal < length; ordinal++) {
      const score = scores[first + ordinal] ?? 0;
      if (score > 0 && score > list.threshold()) list.offer(score, { documentId, ordinal });
    }
  }
  return list.sorted().map(({ item, score }) => ({ ...item, score }));
}
