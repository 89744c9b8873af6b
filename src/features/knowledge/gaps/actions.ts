import { randomUUID } from 'node:crypto';
import { NotFound } from '../../../errors.js';
import { enqueueJob } from '../../../jobs/job.js';
import { log } from '../../../log.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenant, readTenant } from '../../../tenancy/in-tenant.js';
import { queryLexemes } from '../retrieval/analysis.js';
import {
  countGap,
  deleteExpiredGap,
  deleteGaps,
  dismissGapRow,
  findGap,
  type Gap,
  keepsGaps,
  keptDays,
  listGaps,
  saveKeeping,
} from './queries.js';

const dayMs = 24 * 3600_000;
const mostCharacters = 300;
const mostShown = 200;

/**
 * A question found no good passage. Kept only where the workspace wants that, without who asked, where or at what hour:
 * so no audit event either, which would tell. A search never fails because of it.
 */
export async function noteGap(context: TenantContext, question: string): Promise<void> {
  const lexemes = [...new Set(queryLexemes(question))].sort();
  if (lexemes.length === 0) return;
  try {
    if (!(await readTenant(context, 'knowledge.read', keepsGaps))) return;
    await inTenant(context, 'knowledge.read', async (db) => {
      const tag = db.blind(`gaps|${lexemes.join(' ')}`);
      const words = [...question.replace(/\s+/gu, ' ').trim()].slice(0, mostCharacters).join('');
      const id = await countGap(db, { id: randomUUID(), tag, question: words });
      if (!id) return;
      const at = new Date(Math.ceil(Date.now() / dayMs) * dayMs + keptDays * dayMs);
      await enqueueJob(db, 'knowledge.forget-gap', { gapId: id }, { key: `gap ${id}`, at });
    });
  } catch (error) {
    log().warn({ err: error }, 'a question without an answer was not noted');
  }
}

export function expireGap(context: TenantContext, id: string): Promise<void> {
  return inTenant(context, 'knowledge.update', (db) => deleteExpiredGap(db, id));
}

export interface Gaps {
  readonly keeps: boolean;
  readonly gaps: readonly Gap[];
}

export function readGaps(context: TenantContext): Promise<Gaps> {
  return readTenant(context, 'knowledge.manage', async (db) => {
    const [keeps, gaps] = await Promise.all([keepsGaps(db), listGaps(db, mostShown)]);
    return { keeps, gaps };
  });
}

/** Undefined for one that is gone. */
export function readGap(context: TenantContext, id: string): Promise<Gap | undefined> {
  return readTenant(context, 'knowledge.manage', (db) => findGap(db, id));
}

/** Turned off, all that was kept goes at once. */
export function changeKeeping(context: TenantContext, keeps: boolean): Promise<void> {
  return inTenant(context, 'knowledge.manage', async (db) => {
    if ((await keepsGaps(db)) === keeps) return;
    await saveKeeping(db, keeps);
    const deleted = keeps ? 0 : await deleteGaps(db);
    await recordEvent(db, context, {
      category: 'knowledge',
      event: keeps ? 'gaps.turned-on' : 'gaps.turned-off',
      details: { deleted },
    });
  });
}

export function dismissGap(context: TenantContext, id: string): Promise<void> {
  return inTenant(context, 'knowledge.manage', async (db) => {
    if ((await dismissGapRow(db, id)) === 0) throw new NotFound('There is no such question.');
    await recordEvent(db, context, { category: 'knowledge', event: 'gap.dismissed', subject: { kind: 'gap', id } });
  });
}
