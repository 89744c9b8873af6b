import type { TenantDatabase } from '../../../database/database.js';
import { may, type TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import type { Permission } from '../../../tenancy/permissions.js';
import { listGrants } from '../../break-glass/queries.js';
import { getPreferences } from '../../notifications/preferences/queries.js';
import { findHour } from '../../notifications/queries.js';
import { viewerOf } from '../../spaces/viewer.js';
import { listCallsOf } from '../../usage/own/queries.js';
import {
  findCalendarPreferences,
  listCommentsOf,
  listEventsOf,
  listNotificationsOf,
  listTasksOf,
} from './doings/queries.js';
import { listDraftsOf, listPagesOf, listSpacesOf, listVersionsOf, type PartOf } from './work/queries.js';

const perBatch = 200;

interface Listed {
  readonly id: string;
}

type Read = (db: TenantDatabase, part: PartOf) => Promise<readonly Listed[]>;

/** What somebody made, was given and was told in one workspace: each kind as a list of JSON texts. */
export function workOf(context: TenantContext, accountId: string): Record<string, AsyncGenerator<string> | string[]> {
  const viewer = viewerOf(context);
  const listed = (permission: Permission, read: Read) =>
    may(context.actor, permission) ? inParts(context, accountId, permission, read) : [];
  return {
    spaces: listed('spaces.read', (db, part) => listSpacesOf(db, viewer, part)),
    pages: listed('pages.read', (db, part) => listPagesOf(db, viewer, part)),
    pageVersions: listed('pages.read', (db, part) => listVersionsOf(db, viewer, part)),
    pageDrafts: listed('pages.read', listDraftsOf),
    tasks: listed('tasks.read', listTasksOf),
    comments: listed('tasks.read', listCommentsOf),
    events: listed('calendar.read', listEventsOf),
    notifications: listed('workspace.read', listNotificationsOf),
    modelCalls: listed('workspace.read', listCallsOf),
  };
}

/** How they chose to be told, by which clock they live, and who looked into what is theirs. */
export function choicesOf(context: TenantContext, accountId: string) {
  return readTenant(context, 'workspace.read', async (db) => ({
    notificationPreferences: await getPreferences(db, accountId),
    dailyMail: await findHour(db, accountId),
    calendarPreferences: await findCalendarPreferences(db, accountId),
    privateAccess: await listGrants(db, { viewer: { accountId, readsAudit: false }, limit: 1000 }),
  }));
}

async function* inParts(context: TenantContext, accountId: string, permission: Permission, read: Read) {
  let after: string | undefined;
  for (;;) {
    const part = { accountId, after, limit: perBatch };
    const batch = await readTenant(context, permission, (db) => read(db, part));
    for (const item of batch) yield JSON.stringify(item);
    after = batch.at(-1)?.id;
    // A batch may hold several rows of one id, so only an empty one is the end.
    if (after === undefined) return;
  }
}
