import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { empty, sql } from '../../../database/sql.js';
import { NotFound } from '../../../errors.js';
import type { PageText, PageVersion } from '../page.js';
import type { Author } from '../queries.js';

const Row = z.object({
  version: z.number(),
  title: z.instanceof(Buffer),
  accountId: z.uuid(),
  agentName: z.string().nullable(),
  restoredFrom: z.number().nullable(),
  createdAt: z.date(),
});

const columns = sql`
  v.version, v.title, v.account_id, (select a.name from agents a where a.id = v.agent_id) as agent_name, v.restored_from,
  v.created_at
`;
const rowOf = (pageId: string, version: number) => `${pageId}|${version}`;

export interface NewVersion {
  readonly version: number;
  readonly text: PageText;
  readonly author: Author;
  readonly restoredFrom?: number;
}

export async function insertVersion(db: TenantDatabase, pageId: string, made: NewVersion): Promise<void> {
  const { version, text, author, restoredFrom = null } = made;
  const row = rowOf(pageId, version);
  await db.run(sql`
    insert into page_versions (page_id, version, title, body, account_id, agent_id, restored_from)
    values (
      ${pageId}, ${version}, ${db.seal('page_versions.title', row, text.title)},
      ${db.seal('page_versions.body', row, text.body)}, ${author.accountId}, ${author.agentId}, ${restoredFrom}
    )
  `);
}

/** Newest first; no text is opened. The caller has found the page to be visible. */
export async function listVersions(
  db: TenantDatabase,
  pageId: string,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<PageVersion[]> {
  const rows = await db.many(
    Row,
    sql`
      select ${columns}
      from page_versions v
      where v.page_id = ${pageId}
        ${before ? sql`and v.version < ${before}` : empty}
      order by v.version desc
      limit ${limit}
    `,
  );
  return rows.map((row) => ({
    ...row,
    title: db.openText('page_versions.title', rowOf(pageId, row.version), row.title),
  }));
}

export async function findVersion(
  db: TenantDatabase,
  pageId: string,
  version: number,
): Promise<(PageVersion & PageText) | undefined> {
  const found = await db.one(
    Row.extend({ body: z.instanceof(Buffer) }),
    sql`select ${columns}, v.body from page_versions v where v.page_id = ${pageId} and v.version = ${version}`,
  );
  if (!found) return undefined;
  const row = rowOf(pageId, version);
  return {
    ...found,
    title: db.openText('page_versions.title', row, found.title),
    body: db.openText('page_versions.body', row, found.body),
  };
}

export async function getVersion(db: TenantDatabase, pageId: string, version: number): Promise<PageVersion & PageText> {
  const found = await findVersion(db, pageId, version);
  if (!found) throw new NotFound('There is nothing at this address.');
  return found;
}
