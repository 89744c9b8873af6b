import type { Request, Response } from 'express';
import { page } from '../../http/page.js';
import { idParam } from '../../http/params.js';
import { limit } from '../../http/rate-limit.js';
import { feature } from '../../http/route.js';
import { account, tenantContext } from '../../http/signed-in.js';
import type { TenantContext } from '../../tenancy/context.js';
import { categories, recordEvent } from '../../tenancy/events.js';
import { inTenant, readTenant } from '../../tenancy/in-tenant.js';
import { csvHead, csvLine } from './csv.js';
import { AuditFilter, outcomes } from './event.js';
import { getEvent, hasOpened, listEvents } from './queries.js';

export const audit = feature('/w/:workspace/audit');

const perPage = 50;
const perBatch = 1000;

audit.get('/', 'audit.read', async (request, response) => {
  const filter = AuditFilter.parse(request.query);
  const found = await readTenant(tenantContext(response), 'audit.read', (db) => listEvents(db, filter, perPage + 1));
  await noteFirstOpening(tenantContext(response), account(response).id);
  const more = found.length > perPage;
  const events = filter.after && more ? found.slice(1) : found.slice(0, perPage);
  const hasNewer = filter.after ? more : filter.before !== undefined;
  const hasOlder = filter.after ? true : more;
  await page(response, 'audit/index', {
    title: 'Activity',
    events,
    filter,
    categories,
    outcomes,
    newer: hasNewer ? addressWith(request, { after: events[0]?.id }) : undefined,
    older: hasOlder ? addressWith(request, { before: events.at(-1)?.id }) : undefined,
    csv: addressWith(request, {}).replace('/audit', '/audit/export.csv'),
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
    await sendCsv(response, filter);
  },
);

audit.get('/:id', 'audit.read', async (request, response) => {
  const id = idParam(request, 'id');
  const event = await readTenant(tenantContext(response), 'audit.read', (db) => getEvent(db, id));
  await page(response, 'audit/show', { title: event.event, event });
});

async function noteFirstOpening(context: TenantContext, accountId: string): Promise<void> {
  if (await readTenant(context, 'audit.read', (db) => hasOpened(db, accountId))) return;
  await inTenant(context, 'audit.read', (db) => recordEvent(db, context, { category: 'audit', event: 'audit.opened' }));
}

/** A batch at a time, so that a million events never lie in memory. */
async function sendCsv(response: Response, filter: AuditFilter): Promise<void> {
  response.write(csvHead);
  let before = filter.before;
  for (;;) {
    const batch = await readTenant(tenantContext(response), 'audit.read', (db) =>
      listEvents(db, { ...filter, before, after: undefined }, perBatch),
    );
    const text = batch.map(csvLine).join('');
    if (!response.write(text)) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
    before = batch.at(-1)?.id;
    if (batch.length < perBatch || response.destroyed) break;
  }
  response.end();
}

function addressWith(request: Request, change: { before?: string | undefined; after?: string | undefined }): string {
  const known = AuditFilter.parse(request.query);
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...known, before: undefined, after: undefined, ...change })) {
    if (value) query.set(name, value);
  }
  const text = query.toString();
  return `/w/${request.params.workspace}/audit${text ? `?${text}` : ''}`;
}
