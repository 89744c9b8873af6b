import type { TenantContext } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import type { Document } from './document.js';
import { findText, getDocument, listAgentsFor, listHistory } from './queries.js';
import { documentText } from './retrieval/chunking.js';
import { findChunk } from './search/queries.js';
import { readerOf } from './search/search.js';

/** Characters of a document on one page of the reader. */
const partLength = 20_000;

export interface DocumentPage {
  readonly document: Document;
  readonly history: Awaited<ReturnType<typeof listHistory>>;
  /** Names of those that may search it. */
  readonly agents: readonly string[];
  /** The text before, in and after the passage that was asked for. */
  readonly text: { readonly before: string; readonly passage: string; readonly after: string };
  /** From 1. */
  readonly part: number;
  readonly parts: number;
  /** A passage was asked for, but the document has changed since. */
  readonly passageGone: boolean;
}

/** A part of a document's text, the one with the asked passage in it if there is one. Throws NotFound. */
export function readDocumentPage(
  context: TenantContext,
  id: string,
  asked: { chunk?: string | undefined; part: number },
): Promise<DocumentPage> {
  return readTenant(context, 'knowledge.read', async (db) => {
    const document = await getDocument(db, readerOf(context), id);
    const [kept, chunk, history, agents] = await Promise.all([
      findText(db, id),
      asked.chunk ? findChunk(db, id, asked.chunk) : undefined,
      listHistory(db, id),
      listAgentsFor(db, id),
    ]);
    const whole = kept ? documentText(kept.sections) : '';
    const parts = Math.max(1, Math.ceil(whole.length / partLength));
    const wanted = asked.part || (chunk ? Math.floor(chunk.start / partLength) + 1 : 1);
    const part = Math.min(parts, wanted);
    const [from, to] = [(part - 1) * partLength, part * partLength];
    const start = chunk ? clamp(chunk.start, from, to) : to;
    // A passage that runs over the end of the part is shown whole.
    const end = chunk && chunk.start < to ? Math.max(chunk.end, start) : to;
    return {
      document,
      history,
      agents,
      part,
      parts,
      passageGone: asked.chunk !== undefined && !chunk,
      text: {
        before: whole.slice(from, start),
        passage: whole.slice(start, end),
        after: whole.slice(end, Math.max(to, end)),
      },
    };
  });
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
