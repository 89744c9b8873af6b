import { z } from 'zod';
import type { TenantDatabase } from '../../../../database/database.js';
import { behind, type Part } from '../../../../database/part.js';
import { sql } from '../../../../database/sql.js';
import { visibleTo } from '../../../spaces/queries.js';
import type { Viewer } from '../../../spaces/viewer.js';

/** Of one person's. */
export type PartOf = Part & { readonly accountId: string };

const Sealed = z.instanceof(Buffer);

const SpaceRow = z.object({ id: z.uuid(), kind: z.string(), name: Sealed, description: Sealed, createdAt: z.date() });

/** Made by the person, or private to them and few. */
export async function listSpacesOf(db: TenantDatabase, viewer: Viewer, { accountId, after, limit }: PartOf) {
  const rows = await db.many(
    SpaceRow,
    sql`
      select s.id, s.kind, s.name, s.description, s.created_at
      from spaces s
      where ${visibleTo(viewer)} and (s.kind = 'private' or s.created_by = ${accountId}) and ${behind(sql`s.id`, after)}
      order by s.id
      limit ${limit}
    `,
  );
  return rows.map((row) => ({
    ...row,
    name: db.openText('spaces.name', row.id, row.name),
    description: db.openText('spaces.description', row.id, row.description),
  }));
}

const PageRow = z.object({
  id: z.uuid(),
  spaceId: z.uuid(),
  title: Sealed,
  body: Sealed,
  version: z.number(),
  createdAt: z.date(),
  updatedAt: z.date(),
  archivedAt: z.date().nullable(),
});

export async function listPagesOf(db: TenantDatabase, viewer: Viewer, { accountId, after, limit }: PartOf) {
  const rows = await db.many(
    PageRow,
    sql`
      select p.id, p.space_id, p.title, p.body, p.version, p.created_at, p.updated_at, p.archived_at
      from pages p
      join spaces s on s.id = p.space_id
      where ${visibleTo(viewer)} and p.created_by = ${accountId} and ${behind(sql`p.id`, after)}
      order by p.id
      limit ${limit}
    `,
  );
  return rows.map((row) => ({
    ...row,
    title: db.openText('pages.title', row.id, row.title),
    body: db.openText('pages.body', row.id, row.body),
  }));
}

const VersionRow = z.object({
  id: z.uuid(),
  version: z.number(),
  title: Sealed,
  body: Sealed,
  byAgent: z.boolean(),
  createdAt: z.date(),
});

/** What they wrote into pages of anybody's, version by version; `after` is a page's id, whose versions come together. */
export async function listVersionsOf(db: TenantDatabase, viewer: Viewer, { accountId, after, limit }: PartOf) {
  const rows = await db.many(
    VersionRow,
    sql`
      select v.page_id as id, v.version, v.title, v.body, v.agent_id is not null as by_agent, v.created_at
      from page_versions v
      where v.account_id = ${accountId}
        and v.page_id in (
          select p.id from pages p join spaces s on s.id = p.space_id
          where ${visibleTo(viewer)} and ${behind(sql`p.id`, after)}
            and exists (select from page_versions o where o.page_id = p.id and o.account_id = ${accountId})
          order by p.id
          limit ${limit}
        )
      order by v.page_id, v.version
    `,
  );
  return rows.map((row) => ({
    ...row,
    title: db.openText('page_versions.title', `${row.id}|${row.version}`, row.title),
    body: db.openText('page_versions.body', `${row.id}|${row.version}`, row.body),
  }));
}

const DraftRow = z.object({
  id: z.uuid(),
  pageId: z.uuid().nullable(),
  spaceId: z.uuid().nullable(),
  title: Sealed,
  body: Sealed,
  savedAt: z.date(),
});

/** What they typed and have not saved. */
export async function listDraftsOf(db: TenantDatabase, { accountId, after, limit }: PartOf) {
  const rows = await db.many(
    DraftRow,
    sql`
      select d.subject_id as id, d.page_id, d.space_id, d.title, d.body, d.saved_at
      from page_drafts d
      where d.account_id = ${accountId} and ${behind(sql`d.subject_id`, after)}
      order by d.subject_id
      limit ${limit}
    `,
  );
  return rows.map((row) => ({
    ...row,
    title: db.openText('page_drafts.title', `${accountId}|${row.id}`, row.title),
    body: db.openText('page_drafts.body', `${accountId}|${row.id}`, row.body),
  }));
}
