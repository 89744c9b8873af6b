import { z } from 'zod';
import type { Database, TenantDatabase } from '../../database/database.js';
import { sql } from '../../database/sql.js';
import { type Reader, visibleTo } from '../knowledge/queries.js';

const Standing = z.object({
  documents: z.number(),
  agents: z.number(),
  conversations: z.number(),
  opened: z.boolean(),
});

export interface Viewer extends Reader {
  readonly accountId: string;
  /** Others are not asked whether they opened the log: it would be looked through for nothing. */
  readonly readsAudit: boolean;
}

/** Counts for the person who looks: their own conversations, and the documents that they may read. */
export async function readStanding(db: TenantDatabase, viewer: Viewer) {
  const { accountId, readsAudit } = viewer;
  const row = await db.one(
    Standing,
    sql`
      select
        (
          select count(*) from documents where ${visibleTo(viewer)}
        ) as documents,
        (select count(*) from agents where archived_at is null) as agents,
        (select count(*) from conversations where account_id = ${accountId}) as conversations,
        ${readsAudit} and exists (
          select from audit_events where event = 'audit.opened' and account_id = ${accountId}
        ) as opened
    `,
  );
  return row ?? { documents: 0, agents: 0, conversations: 0, opened: false };
}

const Recent = z.object({ id: z.uuid(), title: z.instanceof(Buffer), updatedAt: z.date() });

export async function listRecentConversations(db: TenantDatabase, accountId: string) {
  const rows = await db.many(
    Recent,
    sql`
      select id, title, updated_at
      from conversations
      where account_id = ${accountId}
      order by updated_at desc, id desc
      limit 5
    `,
  );
  return rows.map((row) => ({ ...row, title: db.openText('conversations.title', row.id, row.title) }));
}

export async function countMembers(shared: Database, tenantId: string): Promise<number> {
  const row = await shared.one(
    z.object({ count: z.number() }),
    sql`select count(*) from shared.memberships where tenant_id = ${tenantId}`,
  );
  return row?.count ?? 0;
}
