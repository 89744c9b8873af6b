import { z } from 'zod';
import type { TenantDatabase } from '../../database/database.js';
import { empty, join, type Sql, sql } from '../../database/sql.js';
import { NotFound } from '../../errors.js';
import { openTo, visibleTo } from '../spaces/queries.js';
import { kinds } from '../spaces/space.js';
import type { Viewer } from '../spaces/viewer.js';
import type { FoundPage, Page, PageText } from './page.js';
import { tagsOf, titleTag } from './search-tags.js';

const SpaceColumns = z.object({ spaceId: z.uuid(), spaceKind: z.enum(kinds), spaceName: z.instanceof(Buffer) });
const Row = SpaceColumns.extend({
  id: z.uuid(),
  parentId: z.uuid().nullable(),
  position: z.number(),
  title: z.instanceof(Buffer),
  body: z.instanceof(Buffer),
  version: z.number(),
  createdBy: z.uuid(),
  createdAt: z.date(),
  updatedBy: z.uuid(),
  updatedAgentName: z.string().nullable(),
  updatedAt: z.date(),
  archivedAt: z.date().nullable(),
  archivedBy: z.uuid().nullable(),
  archivedWith: z.uuid().nullable(),
});
const FoundRow = SpaceColumns.extend({
  id: z.uuid(),
  title: z.instanceof(Buffer),
  version: z.number(),
  updatedAt: z.date(),
  hasPages: z.boolean(),
});

const spaceColumns = sql`p.space_id, s.kind as space_kind, s.name as space_name`;

/** Throws NotFound for a page in a space that this viewer may not see. */
export function getPage(db: TenantDatabase, viewer: Viewer, id: string): Promise<Page> {
  return onePage(db, sql`p.id = ${id} and ${visibleTo(viewer)}`, empty);
}

/** The same, held until the transaction ends: whoever else writes it waits. */
export function lockPage(db: TenantDatabase, viewer: Viewer, id: string): Promise<Page> {
  return onePage(db, sql`p.id = ${id} and ${openTo(viewer)}`, sql`for no key update of p`);
}

/** For calls about a page (llm/target.ts). */
export const pageRows = { from: sql`pages p join spaces s on s.id = p.space_id`, id: sql`p.id` };

/** Until the transaction ends, after its space: in that order everybody takes them (tree/placing.ts). */
export async function holdPage(db: TenantDatabase, id: string): Promise<void> {
  const space = sql`(select p.space_id from pages p where p.id = ${id})`;
  await db.run(sql`select from spaces s where s.id = ${space} for no key update of s`);
  await db.run(sql`select from pages p where p.id = ${id} for update of p`);
}

async function onePage(db: TenantDatabase, where: Sql, locking: Sql): Promise<Page> {
  const row = await db.one(
    Row,
    sql`
      select p.id, ${spaceColumns}, p.parent_id, p.position, p.title, p.body, p.version, p.created_by, p.created_at,
        p.updated_by, (select a.name from agents a where a.id = p.updated_agent) as updated_agent_name, p.updated_at,
        p.archived_at, p.archived_by, p.archived_with
      from pages p
      join spaces s on s.id = p.space_id
      where ${where}
      ${locking}
    `,
  );
  if (!row) throw new NotFound('There is nothing at this address.');
  return {
    ...row,
    spaceName: db.openText('spaces.name', row.spaceId, row.spaceName),
    title: db.openText('pages.title', row.id, row.title),
    body: db.openText('pages.body', row.id, row.body),
  };
}

export interface PageSearch {
  /** For each word the tags of which one must be there (search-tags.ts). */
  readonly words: readonly Buffer[][];
  readonly spaceId?: string | undefined;
  /** Only what was last changed before this one. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** Last changed first, without what is archived. */
export async function searchPages(
  db: TenantDatabase,
  viewer: Viewer,
  { words, spaceId, before, limit }: PageSearch,
): Promise<FoundPage[]> {
  const matching = words.map((tags) => sql`and p.search_tags && ${tags}::bytea[]`);
  const rows = await db.many(
    FoundRow,
    sql`
      select p.id, ${spaceColumns}, p.title, p.version, p.updated_at, false as has_pages
      from pages p
      join spaces s on s.id = p.space_id
      where p.archived_at is null
        and ${visibleTo(viewer)}
        ${matching.length > 0 ? join(matching, ' ') : empty}
        ${spaceId ? sql`and p.space_id = ${spaceId}` : empty}
        ${before ? sql`and (p.updated_at, p.id) < ${changeOf(viewer, before)}` : empty}
      order by p.updated_at desc, p.id desc
      limit ${limit}
    `,
  );
  return rows.map((row) => openedFound(db, row));
}

// Its time is told to nobody who may not see it.
const changeOf = (viewer: Viewer, id: string): Sql => sql`(
  select b.updated_at, b.id from pages b join spaces s on s.id = b.space_id where b.id = ${id} and ${visibleTo(viewer)}
)`;

/** Pages by their titles, for links: of two with one title the one in the same space, then the older. */
export async function findByTitles(
  db: TenantDatabase,
  viewer: Viewer,
  { titles, spaceId }: { titles: readonly string[]; spaceId: string },
): Promise<Map<string, string>> {
  if (titles.length === 0) return new Map();
  const tags = new Map(titles.map((title) => [titleTag(db, title).toString('hex'), title]));
  const wanted = [...tags.keys()].map((tag) => Buffer.from(tag, 'hex'));
  const rows = await db.many(
    z.object({ id: z.uuid(), titleTag: z.instanceof(Buffer) }),
    sql`
      select distinct on (p.title_tag) p.id, p.title_tag
      from pages p
      join spaces s on s.id = p.space_id
      where p.title_tag = any (${wanted}::bytea[])
        and p.archived_at is null
        and ${visibleTo(viewer)}
      order by p.title_tag, p.space_id = ${spaceId} desc, p.id
    `,
  );
  return new Map(rows.map((row) => [tags.get(row.titleTag.toString('hex')) ?? '', row.id]));
}

function openedFound(db: TenantDatabase, row: z.infer<typeof FoundRow>): FoundPage {
  return {
    ...row,
    spaceName: db.openText('spaces.name', row.spaceId, row.spaceName),
    title: db.openText('pages.title', row.id, row.title),
  };
}

export interface Author {
  readonly accountId: string;
  /** Set when it acts on behalf of the account. */
  readonly agentId: string | null;
}

export interface NewPage extends PageText {
  readonly id: string;
  readonly spaceId: string;
  readonly parentId: string | null;
  readonly author: Author;
}

/** At the end of its siblings. The caller holds the space. */
export async function insertPage(db: TenantDatabase, { id, spaceId, parentId, author, ...text }: NewPage) {
  await db.run(sql`
    insert into pages (id, space_id, parent_id, position, title, title_tag, body, search_tags, created_by, updated_by, updated_agent)
    values (
      ${id}, ${spaceId}, ${parentId},
      (
        select coalesce(max(p.position), 0) + 1 from pages p
        where p.space_id = ${spaceId} and p.parent_id is not distinct from ${parentId}::uuid
      ),
      ${db.seal('pages.title', id, text.title)}, ${titleTag(db, text.title)}, ${db.seal('pages.body', id, text.body)},
      ${tagsOf(db, text)}::bytea[], ${author.accountId}, ${author.accountId}, ${author.agentId}
    )
  `);
}

export async function updateText(
  db: TenantDatabase,
  id: string,
  { text, version, author }: { text: PageText; version: number; author: Author },
): Promise<void> {
  await db.run(sql`
    update pages
    set title = ${db.seal('pages.title', id, text.title)}, title_tag = ${titleTag(db, text.title)},
      body = ${db.seal('pages.body', id, text.body)}, search_tags = ${tagsOf(db, text)}::bytea[],
      version = ${version}, updated_by = ${author.accountId}, updated_agent = ${author.agentId}, updated_at = now()
    where id = ${id}
  `);
}
