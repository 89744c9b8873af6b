import type { TenantDatabase } from '../../../database/database.js';
import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import { inTenant } from '../../../tenancy/in-tenant.js';
import { getSpace } from '../../spaces/queries.js';
import { viewerOf } from '../../spaces/viewer.js';
import type { PageText } from '../page.js';
import { getPage } from '../queries.js';
import { type DraftSubject, deleteDraft, saveDraft } from './queries.js';

/** Keeps what somebody typed so far. Theirs alone, and no act upon the page: the audit begins when they save it. */
export function keepDraft(
  context: TenantContext,
  subject: DraftSubject,
  { version, ...text }: PageText & { version: number },
): Promise<void> {
  return inTenant(context, rightTo(subject), async (db) => {
    await checkVisible(db, context, subject);
    await saveDraft(db, accountOf(context.actor) ?? '', { subject, ...text, baseVersion: version });
  });
}

export function discardDraft(context: TenantContext, subject: DraftSubject): Promise<void> {
  return inTenant(context, rightTo(subject), async (db) => {
    await checkVisible(db, context, subject);
    await deleteDraft(db, accountOf(context.actor) ?? '', subject);
  });
}

const rightTo = (subject: DraftSubject) => ('pageId' in subject ? 'pages.update' : 'pages.create');

async function checkVisible(db: TenantDatabase, context: TenantContext, subject: DraftSubject): Promise<void> {
  const viewer = viewerOf(context);
  if ('pageId' in subject) await getPage(db, viewer, subject.pageId);
  else await getSpace(db, viewer, subject.spaceId);
}
