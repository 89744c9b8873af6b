import { z } from 'zod';
import type { TenantDatabase } from '../../database/database.js';
import { empty, type Sql, sql } from '../../database/sql.js';
import { NotFound } from '../../errors.js';
import { kinds, type Space, type SpacePerson, type SpaceSummary } from './space.js';
import type { Viewer } from './viewer.js';

const Row = z.object({
  id: z.uuid(),
  kind: z.enum(kinds),
  name: z.instanceof(Buffer),
  description: z.instanceof(Buffer),
  version: z.number(),
  createdBy: z.uuid(),
  createdAt: z.date(),
});

const columns = sql`s.id, s.kind, s.name, s.description, s.version, s.created_by, s.created_at`;

/** IS-5, for every statement that changes a space (alias s) or what is in one: only people who are in it do. */
export const openTo = ({ accountId, mayReadTeam }: Viewer): Sql => sql`(
  case s.kind
    when 'team' then ${mayReadTeam}
    else exists (select from space_people o where o.space_id = s.id and o.account_id = ${accountId}::uuid)
  end
)`;

/** IS-5, for every statement that reads one: a private space is not there for others, but for a grant that is live now. */
export const visibleTo = (viewer: Viewer): Sql => {
  if (!viewer.grant) return openTo(viewer);
  return sql`(
    ${openTo(viewer)} or exists (
      select from access_grants g
      where g.id = ${viewer.grant} and g.kind = 'space' and g.subject_id = s.id
        and g.account_id = ${viewer.accountId}::uuid and g.ended_at is null and g.until > now()
    )
  )`;
};

const mostShown = 500;

/** By name; names are sealed, so they are put in order here. */
export async function listSpaces(db: TenantDatabase, viewer: Viewer): Promise<SpaceSummary[]> {
  const rows = await db.many(
    Row.extend({ changedAt: z.date().nullable() }),
    sql`
      select ${columns}, (
        select p.updated_at from pages p
        where p.space_id = s.id and p.archived_at is null
        order by p.updated_at desc, p.id desc limit 1
      ) as changed_at
      from spaces s
      where ${visibleTo(viewer)}
      order by s.id
      limit ${mostShown}
    `,
  );
  return rows.map((row) => opened(db, row)).sort((one, other) => one.name.localeCompare(other.name));
}

/** Throws NotFound for a space that this viewer may not see. */
export function getSpace(db: TenantDatabase, viewer: Viewer, id: string): Promise<Space> {
  return found(db, sql`s.id = ${id} and ${visibleTo(viewer)}`, empty);
}

/** The same, held until the transaction ends: whoever else changes its tree waits. */
export function lockSpace(db: TenantDatabase, viewer: Viewer, id: string): Promise<Space> {
  return found(db, sql`s.id = ${id} and ${openTo(viewer)}`, sql`for no key update of s`);
}

/** For calls about a space (llm/target.ts). */
export const spaceRows = { from: sql`spaces s`, id: sql`s.id` };

export const holdSpace = (db: TenantDatabase, id: string): Promise<number> =>
  db.run(sql`select from spaces s where s.id = ${id} for no key update of s`);

async function found(db: TenantDatabase, where: Sql, locking: Sql): Promise<Space> {
  const row = await db.one(Row, sql`select ${columns} from spaces s where ${where} ${locking}`);
  if (!row) throw new NotFound('There is nothing at this address.');
  return opened(db, row);
}

function opened<Each extends z.infer<typeof Row>>(db: TenantDatabase, row: Each) {
  return {
    ...row,
    name: db.openText('spaces.name', row.id, row.name),
    description: db.openText('spaces.description', row.id, row.description),
  };
}

type Written = Pick<Space, 'id' | 'name' | 'description'>;

export async function insertSpace(
  db: TenantDatabase,
  { id, name, description, kind, createdBy }: Written & Pick<Space, 'kind' | 'createdBy'>,
): Promise<void> {
  await db.run(sql`
    insert into spaces (id, kind, name, description, created_by)
    values (${id}, ${kind}, ${db.seal('spaces.name', id, name)},
      ${db.seal('spaces.description', id, description)}, ${createdBy})
  `);
}

export async function updateSpaceRow(db: TenantDatabase, { id, name, description }: Written): Promise<void> {
  await db.run(sql`
    update spaces
    set name = ${db.seal('spaces.name', id, name)}, description = ${db.seal('spaces.description', id, description)},
      version = version + 1, updated_at = now()
    where id = ${id}
  `);
}

/** Its pages, their history and drafts go with it. */
export async function deleteSpaceRow(db: TenantDatabase, id: string): Promise<void> {
  await db.run(sql`delete from spaces where id = ${id}`);
}

export function listPeople(db: TenantDatabase, id: string): Promise<SpacePerson[]> {
  return db.many(
    z.object({ accountId: z.uuid(), addedAt: z.date() }),
    sql`select account_id, added_at from space_people where space_id = ${id} order by added_at, account_id`,
  );
}

/** Answers 0 when they were in it already. */
export function insertPerson(db: TenantDatabase, id: string, person: { accountId: string; addedBy: string }) {
  return db.run(sql`
    insert into space_people (space_id, account_id, added_by)
    values (${id}, ${person.accountId}, ${person.addedBy})
    on conflict do nothing
  `);
}

export function deletePerson(db: TenantDatabase, id: string, accountId: string): Promise<number> {
  return db.run(sql`delete from space_people where space_id = ${id} and account_id = ${accountId}`);
}
