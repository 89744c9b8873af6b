import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { shared } from '../../database/shared.js';
import { Invalid } from '../../errors.js';
import { type FormErrors, formErrors } from '../../http/form-errors.js';
import { notice, page } from '../../http/page.js';
import { limit } from '../../http/rate-limit.js';
import { feature } from '../../http/route.js';
import { tenantContext } from '../../http/signed-in.js';
import type { TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenant, readTenant } from '../../tenancy/in-tenant.js';
import { changeLimits, changePersonsLimit } from './actions.js';
import { csvHead, csvLine } from './csv.js';
import { LimitsDraft, PersonDraft } from './limits.js';
import { scopeOf, usageLocals } from './locals.js';
import { type Call, getMonth, listCalls, listNames, type Scope } from './queries.js';

/** AG-3: what models are used for, and how much of it there may be. */
export const usage = feature('/w/:workspace/usage');

const perBatch = 1000;
const Query = z.object({
  month: z
    .string()
    .regex(/^\d{4}-\d{2}$/)
    .optional()
    .catch(undefined),
});

usage.get('/', 'workspace.read', async (request, response) => {
  await show(response, Query.parse(request.query).month);
});

usage.get(
  '/calls.csv',
  'workspace.read',
  limit({ name: 'usage-export', max: 20, seconds: 3600, by: 'account' }),
  async (request, response) => {
    const context = tenantContext(response);
    const { month } = Query.parse(request.query);
    const now = await inTenant(context, 'workspace.read', async (db) => {
      await recordEvent(db, context, { category: 'audit', event: 'usage.exported', details: { format: 'csv' } });
      return getMonth(db);
    });
    const scope = scopeOf(context, month ? `${month}-01` : now.month);
    response.attachment(`${context.tenant.slug}-usage-${scope.month.slice(0, 7)}.csv`).type('text/csv; charset=utf-8');
    await pipeline(csvOf(context, scope), response).catch(unlessHungUp);
  },
);

usage.post('/limits', 'settings.update', async (request, response) => {
  const draft = LimitsDraft.safeParse(request.body);
  if (!draft.success) return show(response.status(422), undefined, formErrors(request.body, draft.error));
  await save(request, response, changeLimits(tenantContext(response), draft.data));
});

usage.post('/people', 'settings.update', async (request, response) => {
  const { person, personVolume: volume, personCost: cost } = request.body ?? {};
  const draft = PersonDraft.safeParse({ person, volume, cost });
  if (!draft.success) return show(response.status(422), undefined, personErrors(request, draft.error));
  await save(request, response, changePersonsLimit(tenantContext(response), draft.data));
});

/** Both forms stand on one page: a field of the second has a name of its own there. */
function personErrors(request: Request, error: z.ZodError): FormErrors {
  const { values, errors } = formErrors(request.body, error);
  const { volume, cost, ...rest } = errors;
  return { values, errors: { ...rest, ...(volume && { personVolume: volume }), ...(cost && { personCost: cost }) } };
}

async function save(request: Request, response: Response, change: Promise<void>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return show(response.status(422), undefined, formErrors(request.body, error));
  }
  notice(request, 'The limits were saved. They count from the next call to a model on.');
  response.redirect(303, `/w/${tenantContext(response).tenant.slug}/usage`);
}

async function show(response: Response, month: string | undefined, form?: FormErrors): Promise<void> {
  await page(response, 'usage/index', await usageLocals(tenantContext(response), month, form));
}

/** A batch at a time, so that a million calls never lie in memory. */
async function* csvOf(context: TenantContext, scope: Scope): AsyncGenerator<string> {
  yield csvHead;
  let before: Call | undefined;
  for (;;) {
    const batch = await readTenant(context, 'workspace.read', (db) =>
      listCalls(db, scope, { before, limit: perBatch }),
    );
    const names = await listNames(shared(), [...new Set(batch.flatMap(({ accountId }) => accountId ?? []))]);
    if (batch.length > 0) yield batch.map((call) => csvLine(call, names)).join('');
    if (batch.length < perBatch) return;
    before = batch.at(-1);
  }
}

function unlessHungUp(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE') return;
  throw error;
}
