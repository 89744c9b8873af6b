import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { type Document, type Stage, stages } from '../document.js';
import { keepsGaps } from '../gaps/queries.js';
import type { Reader } from '../queries.js';
import { readerOf } from '../search/search.js';
import { countDocuments, type Entry, eachEntry, listByIds, listMoving, listNewest } from './queries.js';

const perPage = 50;
const mostMoving = 50;

const states = {
  all: stages,
  ready: ['done'],
  working: ['reading', 'chunking', 'indexing'],
  failed: ['failed'],
} as const satisfies Record<string, readonly Stage[]>;

/** As it stands in the address. What does not fit is left out. */
export const ListQuery = z.object({
  q: z.string().trim().max(200).catch(''),
  state: z.enum(['all', 'ready', 'working', 'failed']).catch('all'),
  sort: z.enum(['newest', 'title', 'largest']).catch('newest'),
  before: z.uuid().optional().catch(undefined),
  after: z.uuid().optional().catch(undefined),
});
export type ListQuery = z.infer<typeof ListQuery>;

export interface Listing {
  readonly documents: readonly Document[];
  /** Still being read or indexed, whatever the page and the filter. */
  readonly moving: readonly Document[];
  readonly counts: { readonly all: number; readonly failed: number };
  /** Questions that find nothing are kept, which everybody here may know. */
  readonly keepsGaps: boolean;
  /** Ids to page on from. */
  readonly newer: string | undefined;
  readonly older: string | undefined;
}

export function listKnowledge(context: TenantContext, query: ListQuery): Promise<Listing> {
  const reader = readerOf(context);
  return readTenant(context, 'knowledge.read', async (db) => {
    const [counts, moving, keeps, page] = await Promise.all([
      countDocuments(db, reader),
      listMoving(db, reader, mostMoving),
      keepsGaps(db),
      query.q === '' && query.sort === 'newest' ? newest(db, reader, query) : arranged(db, reader, query),
    ]);
    return { counts, moving, keepsGaps: keeps, ...page };
  });
}

type Page = Pick<Listing, 'documents' | 'newer' | 'older'>;

async function newest(db: TenantDatabase, reader: Reader, { state, before, after }: ListQuery): Promise<Page> {
  const found = await listNewest(db, reader, { before, after, wanted: states[state], limit: perPage + 1 });
  const more = found.length > perPage;
  const documents = after && more ? found.slice(1) : found.slice(0, perPage);
  const [hasNewer, hasOlder] = after ? [more, true] : [before !== undefined, more];
  return ends(documents, hasNewer, hasOlder);
}

/** Searched or sorted by what is sealed: every title is opened, and forgotten again. */
async function arranged(db: TenantDatabase, reader: Reader, query: ListQuery): Promise<Page> {
  const wanted = folded(query.q);
  const entries: Entry[] = [];
  for await (const some of eachEntry(db, reader, states[query.state])) {
    entries.push(...some.filter(({ title }) => folded(title).includes(wanted)));
  }
  entries.sort(orders[query.sort]);
  const at = placeIn(entries, query);
  const page = entries.slice(at, at + perPage).map(({ id }) => id);
  const documents = await listByIds(db, reader, page);
  return ends(documents, at > 0, at + perPage < entries.length);
}

function placeIn(entries: readonly Entry[], { before, after }: ListQuery): number {
  const position = entries.findIndex(({ id }) => id === (after ?? before));
  if (position < 0) return 0;
  return after ? Math.max(0, position - perPage) : position + 1;
}

function ends(documents: readonly Document[], hasNewer: boolean, hasOlder: boolean): Page {
  return {
    documents,
    newer: hasNewer ? documents[0]?.id : undefined,
    older: hasOlder ? documents.at(-1)?.id : undefined,
  };
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
const byId = (one: Entry, other: Entry) => (one.id < other.id ? 1 : -1);

const orders: Record<ListQuery['sort'], (one: Entry, other: Entry) => number> = {
  newest: byId,
  title: (one, other) => collator.compare(one.title, other.title) || byId(one, other),
  largest: (one, other) => other.byteSize - one.byteSize || byId(one, other),
};

const folded = (text: string): string => text.normalize('NFKC').toLocaleLowerCase();
