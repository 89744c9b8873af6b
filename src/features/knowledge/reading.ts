import { setTimeout as pause } from 'node:timers/promises';
import type { TenantDatabase } from '../../database/database.js';
import { Failure, UpstreamFailed } from '../../errors.js';
import { enqueueJob } from '../../jobs/job.js';
import { log } from '../../log.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenant } from '../../tenancy/in-tenant.js';
import { titleOfUpload } from './document.js';
import { extractDocument } from './extraction/extract.js';
import type { ExtractedDocument } from './extraction/section.js';
import { markFailed, markProgress, saveText } from './queries.js';
import { tellWhoAdded } from './telling/tell.js';
import { desertUpload, discardUpload, emptyUpload } from './uploads.js';

export interface Upload {
  readonly id: string;
  readonly path: string;
  readonly fileName: string;
  readonly size: number;
  /** A page is known by its title, a person's file also by its name. */
  readonly from: 'person' | 'address';
}

interface Reading {
  readonly upload: Upload;
  readonly accountId: string | undefined;
  readonly stop: AbortController;
  readonly finished: Promise<void>;
}

const running = new Map<string, Reading>();

export const interrupted = 'Reading was interrupted by a restart, and the upload was deleted. Upload it again.';

/** Reads an upload to its text in the background of this process. Whatever happens, the file is gone afterwards. */
export function readInBackground(context: TenantContext, upload: Upload): void {
  const stop = new AbortController();
  const finished = readUpload(asReader(context), upload, stop.signal)
    .catch((error: unknown) => {
      log().error({ err: error, documentId: upload.id }, 'what became of an upload could not be written down');
      desertUpload(upload.path);
    })
    .finally(() => running.delete(upload.id));
  running.set(upload.id, { upload, accountId: accountOf(context.actor), stop, finished });
}

/** What this person's uploads take up here until they are read. */
export function beingRead(accountId: string): { files: number; bytes: number } {
  const theirs = [...running.values()].filter((reading) => reading.accountId === accountId);
  return { files: theirs.length, bytes: theirs.reduce((sum, { upload }) => sum + upload.size, 0) };
}

/** The document was deleted: its file goes now, not when it has been read. */
export async function stopReading(documentId: string): Promise<void> {
  const reading = running.get(documentId);
  reading?.stop.abort(new UpstreamFailed('The document was deleted.'));
  await reading?.finished;
}

/** For a graceful stop: waits so many milliseconds, then ends what is still being read. */
export async function finishReading(patience = 8_000): Promise<void> {
  const all = () => Promise.all([...running.values()].map(({ finished }) => finished));
  const patient = new AbortController();
  await Promise.race([all(), pause(patience, undefined, { signal: patient.signal }).catch(() => undefined)]);
  patient.abort();
  for (const { stop } of running.values()) stop.abort(new UpstreamFailed(interrupted));
  await all();
}

async function readUpload(context: TenantContext, upload: Upload, signal: AbortSignal): Promise<void> {
  const { id, path, fileName } = upload;
  const scope = context.tenant.id;
  const outcome = await extractDocument(
    { path, fileName, scope },
    { onProgress: progressOf(context, id), signal },
  ).catch((error: unknown) => reasonOf(error, id));
  await emptyUpload(path);
  await patiently(signal, () =>
    typeof outcome === 'string' ? failDocument(context, id, outcome) : keepText(context, upload, outcome),
  );
  await discardUpload(path);
}

function reasonOf(error: unknown, documentId: string): string {
  if (error instanceof Failure) return error.message;
  log().error({ err: error, documentId }, 'reading an upload failed');
  return 'This file could not be read. Try again, or save it in another format.';
}

/** The file is gone by now: a database that is away for a moment must not cost the text. */
async function patiently(signal: AbortSignal, write: () => Promise<void>): Promise<void> {
  for (const seconds of [1, 2, 4, 8, 15, 30]) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof UpstreamFailed) || signal.aborted) throw error;
      await pause(seconds * 1000, undefined, { signal }).catch(() => undefined);
    }
  }
  await write();
}

async function keepText(context: TenantContext, { id, fileName, from }: Upload, read: ExtractedDocument) {
  if (!read.sections.some((section) => section.text.trim() !== '')) {
    return failDocument(context, id, 'No text was found in it. A scanned document needs text recognition first.');
  }
  await inTenant(context, 'knowledge.update', async (db) => {
    const title = from === 'address' ? read.title?.trim() || fileName : titleOfUpload(read.title, fileName);
    const sections = read.sections.map(({ headings, page, text }) => ({ headings: [...headings], page, text }));
    const { mediaType, pages } = read;
    const kept = await saveText(db, { id, title, mediaType, pageCount: pages, text: { sections } });
    if (kept === 0) return;
    await enqueueJob(db, 'knowledge.index', { documentId: id }, { key: `index ${id}` });
    await recordEvent(db, context, {
      category: 'knowledge',
      event: 'document.read',
      subject: { kind: 'document', id },
      details: { pages: pages ?? null, sections: sections.length, uploadDeleted: true },
    });
  });
}

const longestMs = 24 * 3600_000;

/** A machine that never comes back tells nobody what it was reading: after a day the document is told anyway. */
export function expectReading(db: TenantDatabase, id: string): Promise<void> {
  const at = new Date(Date.now() + longestMs);
  return enqueueJob(db, 'knowledge.expire', { documentId: id }, { key: `expire ${id}`, at });
}

/** Says why on the document. One that is read by now, or gone, is left alone. */
export async function failDocument(context: TenantContext, id: string, failure: string): Promise<void> {
  await inTenant(context, 'knowledge.update', async (db) => {
    if ((await markFailed(db, id, { failure, stages: ['reading'] })) === 0) return;
    await recordEvent(db, context, {
      category: 'knowledge',
      event: 'document.failed',
      outcome: 'failed',
      subject: { kind: 'document', id },
      details: { stage: 'reading', uploadDeleted: true },
    });
    await tellWhoAdded(db, context, id, 'failed');
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
    inTenant(context, 'knowledge.update', (db) => markProgress(db, id, 'reading', percent)).catch((error: unknown) =>
      log().warn({ err: error, documentId: id }, 'progress was not noted'),
    );
  };
}

/** Reading goes on when its member has left the page, or the workspace: it acts as the installation. */
function asReader({ tenant, requestId }: TenantContext): TenantContext {
  const actor = { kind: 'system', name: 'knowledge.read', may: ['knowledge.update'] } as const;
  return { tenant, actor, trigger: 'job', requestId };
}
