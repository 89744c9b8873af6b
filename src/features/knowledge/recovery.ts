import { randomUUID } from 'node:crypto';
import { onPublished } from '../../database/shared.js';
import { log } from '../../log.js';
import type { TenantContext } from '../../tenancy/context.js';
import { getTenant } from '../../tenancy/directory.js';
import { failDocument, finishReading, interrupted, stopReading } from './reading.js';
import { closeEmbedder } from './search/embedding.js';
import { resumeIndexing, stopIndexing } from './search/indexing/stopping.js';
import { deletedTopic, forgetAllVectors } from './search/vector-cache.js';
import { closeThreads } from './text/threads.js';
import { discardUpload, type Orphan, sweepUploads } from './uploads.js';

const sweptEveryMs = 30_000;
let sweeping: NodeJS.Timeout | undefined;
let listening: (() => void) | undefined;

/** At start, and every half minute: deletes what killed processes left, and tells each document what happened (KB-3). */
export async function openKnowledge(): Promise<void> {
  resumeIndexing();
  listening ??= onPublished(deletedTopic, (notice) => void stopReading(notice.split(' ')[1] ?? ''));
  sweeping ??= setInterval(() => {
    sweep().catch((error: unknown) => log().warn({ err: error }, 'sweeping uploads failed; it is tried again'));
  }, sweptEveryMs).unref();
  await sweep();
}

async function sweep(): Promise<void> {
  for (const orphan of await sweepUploads()) {
    await tell(orphan);
    await discardUpload(orphan.path);
  }
}

async function tell({ tenantId, documentId }: Orphan): Promise<void> {
  const tenant = await getTenant(tenantId);
  if (!tenant) return;
  const actor = { kind: 'system', name: 'knowledge.sweep', may: ['knowledge.update'] } as const;
  const context: TenantContext = { tenant, actor, trigger: 'job', requestId: randomUUID() };
  await failDocument(context, documentId, interrupted);
}

/** For a graceful stop. Indexing that is cut short is a job, and goes on where the next process takes it up. */
export async function closeKnowledge(): Promise<void> {
  clearInterval(sweeping);
  sweeping = undefined;
  listening?.();
  listening = undefined;
  stopIndexing();
  await finishReading();
  await closeThreads();
  await closeEmbedder();
  forgetAllVectors();
}
