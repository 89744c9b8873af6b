import type { TenantDatabase } from '../../../database/database.js';
import { plural } from '../../../http/wording.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { notify } from '../../notifications/notify.js';
import { findFinished } from './queries.js';

/**
 * Tells who added a document that it can be searched, when that took longer than somebody waits: once for several that
 * they added together. Or that it could not be read.
 */
export async function tellWhoAdded(
  db: TenantDatabase,
  context: TenantContext,
  documentId: string,
  end: 'ready' | 'failed',
): Promise<void> {
  const found = await findFinished(db, documentId);
  if (!found?.createdBy) return;
  const { title, createdBy, tookLong, others, together } = found;
  if (end === 'ready' && (!tookLong || others > 0)) return;
  const several = end === 'ready' && together > 1;
  const what = several ? plural(together, 'document') : `“${title}”`;
  // A job's own act, also when it goes on in the name of who added it.
  const nobody: TenantContext = { ...context, actor: { kind: 'system', name: 'knowledge', may: [] } };
  await notify(db, nobody, {
    to: [createdBy],
    kind: 'finished',
    subject: { kind: 'document', id: documentId },
    title: end === 'ready' ? `${what} can be searched now` : `${what} could not be read`,
    path: several ? '/knowledge' : `/knowledge/${documentId}`,
  });
}
