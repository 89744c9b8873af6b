import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { empty, type Sql, sql } from '../../../database/sql.js';
import type { PageSummary } from '../page.js';

const Row = z.object({
  id: z.uuid(),
  spaceId: z.uuid(),
  title: z.instanceof(Buffer),
  version: z.number(),
  updatedAt: z.date(),
  hasPages: z.boolean(),
});
const columns = sql`
  p.id, p.space_id, p.title, p.version, p.updated_at,
  exists (select from pages c where c.parent_id = p.id and c.archived_at is null) as has_pages
`;

function opened<Each extends z.infer<typeof Row>>(db: TenantDatabase, row: Each) {
  return { ...row, title: db.openText('pages.title', row.id, row.title) };
}

export interface Level {
  readonly spaceId: string;
  /** Null: the pages that lie in no other. */
  readonly parentId: string | null;
  /** Only what comes after this one of them. */
  readonly after?: string | undefined;
  readonly limit: number;
}

const childrenOf = (parentId: string | null): Sql =>
  parentId ? sql`p.parent_id = ${parentId}` : sql`p.parent_id is null`;

/** Siblings in their order. Here and below, the caller has found the space to be visible. */
export async function listLevel(
  db: TenantDatabase,
  { spaceId, parentId, after, limit }: Level,
): Promise<PageSummary[]> {
  const rows = await db.many(
    Row,
    sql`
      select ${columns}
      from pages p
      where p.space_id = ${spaceId}
        and ${childrenOf(parentId)}
        and p.archived_at is null
        ${after ? sql`and (p.position, p.id) > (select a.position, a.id from pages a where a.id = ${after} and a.space_id = ${spaceId})` : empty}
      order by p.position, p.id
      limit ${limit}
    `,
  );
  return rows.map((row) => opened(db, row));
}

/** The first few pages in each of these. */
export async function listBelow(
  db: TenantDatabase,
  parentIds: readonly string[],
  each: number,
): Promise<Map<string, PageSummary[]>> {
  const rows = await db.many(
    Row.extend({ parentId: z.uuid() }),
    sql`
      select c.*
      from unnest(${[...parentIds]}::uuid[]) as parent (id)
      cross join lateral (
        select ${columns}, p.parent_id
        from pages p
        where p.parent_id = parent.id and p.archived_at is null
        order by p.position, p.id
        limit ${each}
      ) c
    `,
  );
  const below = new Map<string, PageSummary[]>();
  for (const row of rows) below.set(row.parentId, [...(below.get(row.parentId) ?? []), opened(db, row)]);
  return below;
}

const Step = z.object({ id: z.uuid(), title: z.instanceof(Buffer) });

/** The page and what it lies in, from the top down. */
export async function listPath(db: TenantDatabase, id: string): Promise<{ id: string; title: string }[]> {
  const rows = await db.many(
    Step,
    sql`
      with recursive up as (
        select p.id, p.parent_id, p.title, 0 as steps from pages p where p.id = ${id}
        union all
        select p.id, p.parent_id, p.title, up.steps + 1 from up join pages p on p.id = up.parent_id where up.steps < 64
      )
      select up.id, up.title from up order by up.steps desc
    `,
  );
  return rows.map((row) => ({ id: row.id, title: db.openText('pages.title', row.id, row.title) }));
}

const below = (id: string): Sql => sql`
  with recursive down as (
    select p.id, 0 as steps from pages p where p.id = ${id}
    union all
    select p.id, down.steps + 1 from down join pages p on p.parent_id = down.id where down.steps < 64
  )
`;
const Extent = z.object({ pages: z.number(), steps: z.number() });

/** How many pages lie in it, at any depth and archived or not, and how many levels of them there are. */
export async function extentOf(db: TenantDatabase, id: string): Promise<z.infer<typeof Extent>> {
  const row = await db.one(Extent, sql`${below(id)} select count(*) - 1 as pages, max(steps) as steps from down`);
  return row ?? { pages: 0, steps: 0 };
}

/** To the end of its new siblings, with all that lies in it. The caller holds both spaces. */
export async function placePage(
  db: TenantDatabase,
  id: string,
  to: { spaceId: string; parentId: string | null },
): Promise<void> {
  await db.run(sql`
    update pages
    set parent_id = ${to.parentId}::uuid, position = (
      select coalesce(max(p.position), 0) + 1 from pages p
      where p.space_id = ${to.spaceId} and p.parent_id is not distinct from ${to.parentId}::uuid
    )
    where id = ${id}
  `);
  await db.run(sql`
    ${below(id)}
    update pages set space_id = ${to.spaceId} where id in (select id from down) and space_id <> ${to.spaceId}
  `);
}

/** Changes places with the sibling before or after it; answers 0 when there is none. */
export async function swapWithNeighbour(
  db: TenantDatabase,
  { id, spaceId, parentId }: { id: string; spaceId: string; parentId: string | null },
  direction: 'up' | 'down',
): Promise<number> {
  const [beyond, nearest] =
    direction === 'up'
      ? [sql`(p.position, p.id) < (m.position, m.id)`, sql`p.position desc, p.id desc`]
      : [sql`(p.position, p.id) > (m.position, m.id)`, sql`p.position, p.id`];
  return db.run(sql`
    with m as (select id, position from pages where id = ${id}),
    n as (
      select p.id, p.position
      from pages p, m
      where p.space_id = ${spaceId} and ${childrenOf(parentId)} and p.archived_at is null and ${beyond}
      order by ${nearest}
      limit 1
    )
    update pages p
    set position = case p.id when m.id then n.position else m.position end
    from m, n
    where p.id in (m.id, n.id)
  `);
}

/** With what lies in it and is not archived yet. Answers how many pages went. */
export function markArchived(db: TenantDatabase, id: string, accountId: string | null): Promise<number> {
  return db.run(sql`
    ${below(id)}
    update pages set archived_at = now(), archived_by = ${accountId}::uuid, archived_with = ${id}
    where id in (select id from down) and archived_at is null
  `);
}

/** What went with it comes back with it. Where it lay in something archived it comes to the top of its space. */
export async function markRestored(db: TenantDatabase, id: string): Promise<number> {
  await db.run(sql`
    update pages p
    set parent_id = null, position = (
      select coalesce(max(r.position), 0) + 1 from pages r where r.space_id = p.space_id and r.parent_id is null
    )
    from pages above
    where p.id = ${id} and above.id = p.parent_id and above.archived_at is not null
  `);
  return db.run(sql`
    update pages set archived_at = null, archived_by = null, archived_with = null where archived_with = ${id}
  `);
}

/** What lies in it goes with it, and all their history. */
export async function deletePageRow(db: TenantDatabase, id: string): Promise<void> {
  await db.run(sql`delete from pages where id = ${id}`);
}

const ArchivedRow = Row.extend({ archivedAt: z.date(), archivedBy: z.uuid().nullable() });
export type ArchivedPage = PageSummary & Pick<z.infer<typeof ArchivedRow>, 'archivedAt' | 'archivedBy'>;

/** What was archived, newest first; what went along is not named. */
export async function listArchived(
  db: TenantDatabase,
  { spaceId, before, limit }: { spaceId: string; before?: string | undefined; limit: number },
): Promise<ArchivedPage[]> {
  const rows = await db.many(
    ArchivedRow,
    sql`
      select ${columns}, p.archived_at, p.archived_by
      from pages p
      where p.space_id = ${spaceId}
        and p.archived_with = p.id
        ${before ? sql`and (p.archived_at, p.id) < (select b.archived_at, b.id from pages b where b.id = ${before} and b.space_id = ${spaceId})` : empty}
      order by p.archived_at desc, p.id desc
      limit ${limit}
    `,
  );
  return rows.map((row) => opened(db, row));
}
