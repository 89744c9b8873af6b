import { type Language, languageOf, lexemesOf } from './analysis.js';
import { type Chunk, prefixOf } from './chunking.js';

/** Bytes of a packed entry, little-endian: ordinal uint32, frequency uint16, length of the chunk in terms uint16. */
export const entryBytes = 8;
const maxUint16 = 0xffff;
/** Title and headings count twice: they say what a chunk is about. */
const prefixWeight = 2;

export interface PostingRow {
  /** The blinded lexeme. */
  readonly tag: Buffer;
  /** One entry for each chunk that has the lexeme, by ordinal. */
  readonly entries: Buffer;
}

export interface IndexedDocument {
  readonly rows: PostingRow[];
  /** Length of all chunks in terms; its mean over all chunks is what BM25 wants. */
  readonly termTotal: number;
}

export interface Entry {
  readonly ordinal: number;
  readonly frequency: number;
  readonly length: number;
}

/** A keyed tag of a lexeme, as TenantDatabase.blind makes it. */
export type Blind = (lexeme: string) => Buffer;

interface Occurrences {
  readonly tag: Buffer;
  /** Positions of the chunks, ascending, and how often in each. */
  readonly positions: number[];
  readonly frequencies: number[];
}

/** All postings of a document. Each lexeme is blinded once. */
export function postingsOf(title: string, chunks: readonly Chunk[], blind: Blind): IndexedDocument {
  const language = documentLanguage(title, chunks);
  const occurrencesOf = occurrencesBy(blind);
  const heads = new Map<string, string[]>();
  const entries: Omit<Entry, 'frequency'>[] = [];
  for (const [position, chunk] of chunks.entries()) {
    const prefix = prefixOf(title, chunk);
    const head = heads.get(prefix) ?? lexemesOf(prefix, language);
    heads.set(prefix, head);
    const body = lexemesOf(chunk.text, language);
    for (const lexeme of head) count(occurrencesOf.lexeme(lexeme), position, prefixWeight);
    for (const lexeme of body) count(occurrencesOf.lexeme(lexeme), position, 1);
    entries.push({ ordinal: chunk.ordinal, length: head.length * prefixWeight + body.length });
  }
  return {
    rows: packRows([...occurrencesOf.byTag.values()], entries),
    termTotal: entries.reduce((sum, { length }) => sum + length, 0),
  };
}

function occurrencesBy(blind: Blind) {
  const byTag = new Map<string, Occurrences>();
  const byLexeme = new Map<string, Occurrences>();
  const lexeme = (name: string): Occurrences => {
    let known = byLexeme.get(name);
    if (!known) {
      // Two lexemes with one tag (in one of ten million documents) share a row rather than break its key.
      const tag = blind(name);
      const key = tag.toString('latin1');
      known = byTag.get(key) ?? { tag, positions: [], frequencies: [] };
      byTag.set(key, known);
      byLexeme.set(name, known);
    }
    return known;
  };
  return { byTag, lexeme };
}

/** Chunks come in order, so a lexeme's last occurrence is in this chunk or in an earlier one. */
function count({ positions, frequencies }: Occurrences, position: number, times: number): void {
  const last = positions.length - 1;
  if (last >= 0 && positions[last] === position) frequencies[last] = (frequencies[last] ?? 0) + times;
  else {
    positions.push(position);
    frequencies.push(times);
  }
}

function documentLanguage(title: string, chunks: readonly Chunk[]): Language {
  const beginning = chunks.slice(0, 3).map(({ text }) => text);
  return languageOf([...beginning, title].join(' ')).language;
}

/** Rows are slices of one buffer: a document has thousands, and a buffer of its own costs each more than its bytes. */
function packRows(all: readonly Occurrences[], chunks: readonly Omit<Entry, 'frequency'>[]): PostingRow[] {
  const total = all.reduce((sum, { positions }) => sum + positions.length, 0);
  const packed = Buffer.alloc(total * entryBytes);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  let at = 0;
  return all.map(({ tag, positions, frequencies }) => {
    const start = at;
    for (let i = 0; i < positions.length; i++) {
      const chunk = chunks[positions[i] ?? 0];
      writeEntry(view, at, chunk?.ordinal ?? 0, frequencies[i] ?? 0, chunk?.length ?? 0);
      at += entryBytes;
    }
    return { tag, entries: packed.subarray(start, at) };
  });
}

/** Frequencies and lengths above 65,535 are written as 65,535. */
function writeEntry(view: DataView, at: number, ordinal: number, frequency: number, length: number): void {
  view.setUint32(at, ordinal, true);
  view.setUint16(at + 4, Math.min(frequency, maxUint16), true);
  view.setUint16(at + 6, Math.min(length, maxUint16), true);
}

/** Throws when the bytes are not whole entries. */
export function unpackEntries(packed: Uint8Array): Entry[] {
  if (packed.length % entryBytes !== 0) throw new Error(`Postings of ${packed.length} bytes are cut short`);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  return Array.from({ length: packed.length / entryBytes }, (_, i) => ({
    ordinal: view.getUint32(i * entryBytes, true),
    frequency: view.getUint16(i * entryBytes + 4, true),
    length: view.getUint16(i * entryBytes + 6, true),
  }));
}
