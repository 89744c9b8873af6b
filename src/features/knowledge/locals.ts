import { config } from '../../config.js';
import type { FormErrors } from '../../http/form-errors.js';
import { plural } from '../../http/wording.js';
import type { TenantContext } from '../../tenancy/context.js';
import { accessLocals, roleNamer } from './access-locals.js';
import { mostFiles } from './arrivals.js';
import { mostPasted } from './document.js';
import { acceptedExtensions } from './extraction/media-types.js';
import { shownEntry } from './history.js';
import { ListQuery, listKnowledge } from './listing/listing.js';
import type { DocumentPage } from './reader.js';

export async function listLocals(context: TenantContext, given: unknown) {
  const query = ListQuery.parse(given);
  const { documents: listed, moving, counts, newer, older, keepsGaps } = await listKnowledge(context, query);
  const nameOf = listed.some(({ roles }) => roles !== null) ? await roleNamer(context) : String;
  const documents = listed.map((document) => ({ ...document, readers: document.roles?.map(nameOf) }));
  const home = `/w/${context.tenant.slug}/knowledge`;
  const at = (place: Partial<ListQuery>) =>
    addressOf(home, { ...query, before: undefined, after: undefined, ...place });
  const narrowed = query.q !== '' || query.state !== 'all';
  return {
    title: 'Knowledge',
    styles: ['upload'],
    documents,
    moving,
    counts,
    narrowed,
    keepsGaps,
    failedHref: counts.failed > 0 && query.state !== 'failed' ? addressOf(home, { state: 'failed' }) : undefined,
    filters: filtersOf(home, query, narrowed),
    pages: {
      newer: newer && at({ after: newer }),
      older: older && at({ before: older }),
      label: narrowed ? undefined : plural(counts.all, 'document'),
    },
    errors: {},
    ...uploading(),
  };
}

function filtersOf(action: string, { q, state, sort }: ListQuery, narrowed: boolean) {
  const select = (name: string, label: string, value: string, options: Readonly<Record<string, string>>) => ({
    name,
    label,
    value,
    options: Object.entries(options).map(([option, words]) => ({ value: option, label: words })),
  });
  return {
    action,
    query: q,
    queryLabel: 'Search titles',
    selects: [
      select('state', 'State', state, { all: 'All', ready: 'Ready', working: 'Being added', failed: 'Failed' }),
      select('sort', 'Order', sort, { newest: 'Newest first', title: 'By title', largest: 'Largest first' }),
    ],
    clearHref: narrowed || sort !== 'newest' ? action : undefined,
  };
}

function addressOf(home: string, query: Partial<ListQuery>): string {
  const kept = Object.entries(query).filter(([name, value]) => value && !(name === 'state' && value === 'all'));
  const text = new URLSearchParams(kept.filter(([name, value]) => !(name === 'sort' && value === 'newest'))).toString();
  return text ? `${home}?${text}` : home;
}

export async function showLocals(context: TenantContext, { history, ...shown }: DocumentPage) {
  const access = await accessLocals(context, shown.document);
  return {
    title: shown.document.title,
    ...shown,
    access,
    history: history.map((entry) => shownEntry(entry, access.named)),
    styles: ['knowledge', 'upload'],
  };
}

export function addLocals(form: FormErrors) {
  return { title: 'Add knowledge', mostPasted, ...form };
}

export function uploading() {
  return { maxBytes: config().UPLOAD_MAX_MB, mostFiles, accept: acceptedExtensions.join(',') };
}
