import { pipeline } from 'node:stream/promises';
import { page } from '../../http/page.js';
import { idParam } from '../../http/params.js';
import { limit } from '../../http/rate-limit.js';
import { feature } from '../../http/route.js';
import { account, tenantContext } from '../../http/signed-in.js';
import type { TenantContext } from '../../tenancy/context.js';
import { categories, recordEvent } from '../../tenancy/events.js';
import { inTenant, readTenant } from '../../tenancy/in-tenant.js';
import { csvHead, csvLine } from './csv.js';
import { AuditFilter, actorKinds, outcomes } from './event.js';
import { findActorName, getEvent, hasOpened, listEvents } from './queries.js';

export const audit = feature('/w/:workspace/audit');

const perPage = 50;
const perBatch = 1000;

audit.get('/', 'audit.read', async (request, response) => {
  const context = tenantContext(response);
  const filter = AuditFilter.parse(request.query);
  const found = await readTenant(context, 'audit.read', (db) => listEvents(db, filter, perPage + 1));
  await noteFirstOpening(context, account(response).id);
  const more = found.length > perPage;
  const events = filter.after && more ? found.slice(1) : found.slice(0, perPage);
  const hasNewer = filter.after ? more : filter.before !== undefined;
  const hasOlder = filter.after ? true : more;
  const home = `/w/${context.tenant.slug}/audit`;
  await page(response, 'audit/index', {
    title: 'Activity',
    styles: ['audit'],
    events,
    filter,
    categories,
    outcomes,
    actorKinds,
    newer: hasNewer ? `${home}${queryOf(filter, { after: events[0]?.id })}` : undefined,
    older: hasOlder ? `${home}${queryOf(filter, { before: events.at(-1)?.id })}` : undefined,
    csv: `${home}/export.csv${queryOf(filter, {})}`,
  });
});

audit.get(
  '/export.csv',
  'audit.read',
  limit({ name: 'audit-export', max: 20, seconds: 3600, by: 'account' }),
  async (request, response) => {
    const context = tenantContext(response);
    const filter = AuditFilter.parse(request.query);
    await inTenant(context, 'audit.read', (db) =>
      recordEvent(db, context, { category: 'audit', event: 'audit.exported', details: { format: 'csv' } }),
    );
    response.attachment(`${context.tenant.slug}-audit.csv`).type('text/csv; charset=utf-8');
    await pipeline(csvOf(context, filter), response).catch(unlessHungUp);
  },
);

audit.get('/:id', 'audit.read', async (request, response) => {
  const id = idParam(request, 'id');
  const found = await readTenant(tenantContext(response), 'audit.read', async (db) => {
    const event = await getEvent(db, id);
    const asks = event.actorKind === 'agent' ? event.accountId : null;
    return { event, askedBy: asks ? await findActorName(db, asks) : undefined };
  });
  await page(response, 'audit/show', { title: found.event.event, styles: ['audit'], ...found });
});

async function noteFirstOpening(context: TenantContext, accountId: string): Promise<void> {
  if (await readTenant(context, 'audit.read', (db) => hasOpened(db, accountId))) return;
  await inTenant(context, 'audit.read', (db) => recordEvent(db, context, { category: 'audit', event: 'audit.opened' }));
}

/** A batch at a time, so that a million events never lie in memory. */
async function* csvOf(context: TenantContext, filter: AuditFilter): AsyncGenerator<string> {
  yield csvHead;
  let before = filter.before;
  for (;;) {
    const batch = await readTenant(context, 'audit.read', (db) =>
      listEvents(db, { ...filter, before, after: undefined }, perBatch),
    );
    if (batch.length > 0) yield batch.map(csvLine).join('');
    if (batch.length < perBatch) return;
    before = batch.at(-1)?.id;
  }
}

function unlessHungUp(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE') return;
  throw error;
}

/** The same filter at another place in the log. */
function queryOf(filter: AuditFilter, place: Pick<AuditFilter, 'before' | 'after'>): string {
  const { before: _, after: __, ...kept } = filter;
  const set = Object.entries({ ...kept, ...place }).filter(([, value]) => value);
  return set.length > 0 ? `?${new URLSearchParams(set)}` : '';
}
