import type { ChunkBody } from '../document.js';
import { chunkSections } from '../retrieval/chunking.js';
import { postingsOf } from '../retrieval/postings.js';
import { keptSections } from './kept.js';

/** Chunks and postings of a text, in pieces that take the receiver some milliseconds each. */
export type Piece =
  | { readonly kind: 'chunks'; readonly chunks: readonly ChunkBody[] }
  /** Entries of all lexemes one after the other; `lengths` says where one ends. */
  | {
      readonly kind: 'postings';
      readonly lexemes: readonly string[];
      readonly lengths: Uint32Array;
      readonly entries: Uint8Array;
    }
  | { readonly kind: 'end'; readonly termTotal: number };

const chunksAtOnce = 100;
const lexemesAtOnce = 1000;

/** Pure computing over a text as it is kept, without any key: lexemes are blinded by whoever receives them. */
export function* prepareText(title: string, kept: Uint8Array): Generator<Piece> {
  const chunks = chunkSections(title, keptSections(kept));
  for (let at = 0; at < chunks.length; at += chunksAtOnce) {
    const bodies = chunks.slice(at, at + chunksAtOnce).map(({ headings, page, text, start, end }) => {
      return { headings: [...headings], ...(page === undefined ? {} : { page }), text, start, end };
    });
    yield { kind: 'chunks', chunks: bodies };
  }
  const { rows, termTotal } = postingsOf(title, chunks, (lexeme) => Buffer.from(lexeme));
  for (let at = 0; at < rows.length; at += lexemesAtOnce) {
    const some = rows.slice(at, at + lexemesAtOnce);
    yield {
      kind: 'postings',
      lexemes: some.map(({ tag }) => tag.toString('utf8')),
      lengths: Uint32Array.from(some, ({ entries }) => entries.length),
      // A copy of its own: the slices all lie in one large buffer, which would be sent along whole.
      entries: Uint8Array.from(Buffer.concat(some.map(({ entries }) => entries))),
    };
  }
  yield { kind: 'end', termTotal };
}
