import type { TenantDatabase } from '../../../database/database.js';
import { newId } from '../../../database/id.js';
import { Invalid } from '../../../errors.js';
import type { ChunkBody } from '../../knowledge/document.js';
import { extractDocument } from '../../knowledge/extraction/extract.js';
import { prepare } from '../../knowledge/text/threads.js';
import type { NewFile, Posting } from './queries.js';

const megabyte = 1024 * 1024;

/** Less than knowledge may have: a person waits for it, and it serves one conversation. */
export const fileLimits = {
  files: 10,
  bytes: 20 * megabyte,
  pages: 1_000,
  characters: 2_000_000,
  seconds: 30,
  secondsPerPage: 0.03,
  mostSeconds: 45,
} as const;

interface Arriving {
  readonly path: string;
  readonly fileName: string;
  readonly scope: string;
  readonly size: number;
  readonly signal: AbortSignal;
}

/** By the same confined reader as knowledge (KB-3, KB-5). Throws Invalid, with what to do. The file is the caller's. */
export async function readFile(
  db: TenantDatabase,
  { path, fileName, scope, size, signal }: Arriving,
): Promise<NewFile> {
  const { files: _, ...limits } = fileLimits;
  const read = await extractDocument({ path, fileName, scope }, { signal, limits });
  if (!read.sections.some(({ text }) => text.trim() !== ''))
    throw new Invalid('No text was found in it. A scanned document needs text recognition first.');
  const sections = read.sections.map(({ headings, page, text }) => ({ headings: [...headings], page, text }));
  const index = await indexed(db, fileName, Buffer.from(JSON.stringify({ sections })));
  return {
    id: newId(),
    name: fileName,
    mediaType: read.mediaType,
    byteSize: size,
    pageCount: read.pages ?? null,
    ...index,
  };
}

type Index = Pick<NewFile, 'chunks' | 'postings' | 'termTotal'>;

async function indexed(db: TenantDatabase, title: string, kept: Buffer): Promise<Index> {
  const chunks: { id: string; body: ChunkBody }[] = [];
  const postings: Posting[] = [];
  let termTotal = 0;
  await prepare(title, kept, (piece) => {
    if (piece.kind === 'chunks') chunks.push(...piece.chunks.map((body) => ({ id: newId(), body })));
    else if (piece.kind === 'end') termTotal = piece.termTotal;
    else {
      let at = 0;
      for (const [index, lexeme] of piece.lexemes.entries()) {
        const from = at;
        at += piece.lengths[index] ?? 0;
        postings.push({ tag: fileTag(db, lexeme), entries: Buffer.from(piece.entries.subarray(from, at)) });
      }
    }
  });
  return { chunks, postings, termTotal };
}

/** Apart from the tags of documents and of searches: nobody can tell from an index that two of them speak of the same. */
export const fileTag = (db: TenantDatabase, lexeme: string): Buffer => db.blind(`attachments|${lexeme}`);
