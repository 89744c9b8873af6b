import type { TenantDatabase } from '../../../database/database.js';
import { NotFound } from '../../../errors.js';
import { enqueueJob } from '../../../jobs/job.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenant, readTenant } from '../../../tenancy/in-tenant.js';
import { getDocument } from '../queries.js';
import { readerOf } from '../search/search.js';
import { comparePassages, type Passage } from './comparison.js';
import { deleteComparison, findComparison, saveComparison } from './queries.js';

/** The words of an old version are somebody's to have taken away: they are not kept for ever beside the new ones. */
const keptDays = 30;
const dayMs = 24 * 3600_000;

interface Indexed {
  readonly documentId: string;
  readonly version: number;
  readonly before: readonly Passage[];
  readonly after: readonly Passage[];
}

/** In the transaction that writes a new index in place of an old one. An index of the same passages changes nothing. */
export async function keepComparison(
  db: TenantDatabase,
  { documentId, version, before, after }: Indexed,
): Promise<void> {
  const comparison = comparePassages(before, after);
  if (comparison.added + comparison.removed + comparison.changed === 0) return;
  await saveComparison(db, documentId, { ...comparison, version });
  const at = new Date(Date.now() + keptDays * dayMs);
  await enqueueJob(db, 'knowledge.forget-comparison', { documentId }, { key: `comparison ${documentId}`, at });
}

/** By the clock. */
export function expireComparison(context: TenantContext, documentId: string): Promise<void> {
  const before = new Date(Date.now() - keptDays * dayMs + dayMs / 24);
  return inTenant(context, 'knowledge.update', async (db) => {
    await deleteComparison(db, documentId, before);
  });
}

/** A document and what its newest version changed, if that is still kept. Throws NotFound. */
export function readComparison(context: TenantContext, id: string) {
  return readTenant(context, 'knowledge.read', async (db) => {
    const document = await getDocument(db, readerOf(context), id);
    const comparison = await findComparison(db, id);
    if (!comparison) throw new NotFound('There is nothing to compare: the old words are gone.');
    return { document, comparison, keptDays };
  });
}

/** Takes the old words away now. */
export function forgetComparison(context: TenantContext, id: string): Promise<void> {
  return inTenant(context, 'knowledge.update', async (db) => {
    await getDocument(db, readerOf(context), id);
    if ((await deleteComparison(db, id)) === 0) return;
    await recordEvent(db, context, {
      category: 'knowledge',
      event: 'document.comparison-forgotten',
      subject: { kind: 'document', id },
    });
  });
}
