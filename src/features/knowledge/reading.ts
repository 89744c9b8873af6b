import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { Failure } from '../../errors.js';
import { enqueueJob } from '../../jobs/job.js';
import { log } from '../../log.js';
import type { TenantContext } from '../../tenancy/context.js';
import { getTenant } from '../../tenancy/directory.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenant } from '../../tenancy/in-tenant.js';
import { extractDocument } from './extraction/extract.js';
import type { ExtractedDocument } from './extraction/section.js';
import { markFailed, markProgress, saveText } from './queries.js';
import { discardUpload, sweepUploads } from './uploads.js';

const running = new Map<string, Promise<void>>();

/** Reads an upload to its text in the background of this process. Whatever happens, the file is gone afterwards. */
export function readInBackground(context: TenantContext, upload: { id: string; path: string; fileName: string }): void {
  const reading = readUpload(asReader(context), upload)
    .catch((error: unknown) => log().error({ err: error, documentId: upload.id }, 'reading an upload failed'))
    .finally(() => running.delete(upload.id));
  running.set(upload.id, reading);
}

/** Waits for what is being read; for a graceful stop. */
export async function finishReading(): Promise<void> {
  await Promise.allSettled(running.values());
}

async function readUpload(
  context: TenantContext,
  upload: { id: string; path: string; fileName: string },
): Promise<void> {
  let failure: string | undefined;
  let read: ExtractedDocument | undefined;
  try {
    await stat(upload.path);
    read = await extractDocument(upload, { onProgress: progressOf(context, upload.id) });
  } catch (error) {
    failure = error instanceof Failure ? error.message : 'This file could not be read. Try again, or another format.';
    if (!(error instanceof Failure)) log().error({ err: error, documentId: upload.id }, 'extraction failed');
  } finally {
    await discardUpload(upload.path);
  }
  if (read) await keepText(context, upload, read);
  else await failDocument(context, upload.id, failure ?? 'This file could not be read.');
}

async function keepText(
  context: TenantContext,
  { id, fileName }: { id: string; fileName: string },
  read: ExtractedDocument,
) {
  if (!read.sections.some((section) => section.text.trim() !== '')) {
    return failDocument(context, id, 'No text was found in it. A scanned document needs text recognition first.');
  }
  await inTenant(context, 'knowledge.create', async (db) => {
    const title = read.title?.trim() || fileName;
    const sections = read.sections.map(({ headings, page, text }) => ({ headings: [...headings], page, text }));
    const text = { sections };
    const kept = await saveText(db, { id, title, mediaType: read.mediaType, pageCount: read.pages, text });
    if (kept === 0) return;
    await enqueueJob(db, 'knowledge.index', { documentId: id }, { key: `index ${id}` });
    await recordEvent(db, context, {
      category: 'knowledge',
      event: 'document.read',
      subject: { kind: 'document', id },
      details: { pages: read.pages ?? null, sections: sections.length, uploadDeleted: true },
    });
  });
}

export async function failDocument(context: TenantContext, id: string, failure: string): Promise<void> {
  await inTenant(context, 'knowledge.create', async (db) => {
    if ((await markFailed(db, id, failure)) === 0) return;
    await recordEvent(db, context, {
      category: 'knowledge',
      event: 'document.failed',
      outcome: 'failed',
      subject: { kind: 'document', id },
      details: { uploadDeleted: true },
    });
  });
}

function progressOf(context: TenantContext, id: string) {
  let last = 0;
  let saidAt = 0;
  return ({ done, total }: { done: number; total: number }) => {
    const percent = total > 0 ? Math.min(99, Math.floor((done / total) * 100)) : 0;
    if (percent <= last || Date.now() - saidAt < 500) return;
    last = percent;
    saidAt = Date.now();
    inTenant(context, 'knowledge.create', (db) => markProgress(db, id, 'reading', percent)).catch((error: unknown) =>
      log().warn({ err: error, documentId: id }, 'progress was not noted'),
    );
  };
}

/** Reading goes on when its member has left the page, or the workspace: it acts as the installation. */
function asReader(context: TenantContext): TenantContext {
  return {
    ...context,
    actor: { kind: 'system', name: 'knowledge.read', may: ['knowledge.create', 'knowledge.update', 'knowledge.read'] },
    trigger: 'job',
  };
}

/** At start: deletes what a killed process left, and tells each document what happened. */
export async function recoverUploads(): Promise<number> {
  const orphans = await sweepUploads();
  for (const { tenantId, documentId } of orphans) {
    const tenant = await getTenant(tenantId);
    if (!tenant) continue;
    const actor = { kind: 'system', name: 'knowledge.sweep', may: ['knowledge.create'] } as const;
    const context: TenantContext = { tenant, actor, trigger: 'job', requestId: randomUUID() };
    await failDocument(
      context,
      documentId,
      'Reading was interrupted by a restart, and the upload was deleted. Upload it again.',
    );
  }
  return orphans.length;
}
