import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { type Sql, sql } from '../../../database/sql.js';
import { isFinished, type Status } from '../task.js';

const NumberRow = z.object({ lastNumber: z.number() });

/** Holds the board until the transaction ends, and gives the next number away. */
export async function nextNumber(db: TenantDatabase): Promise<number> {
  const row = await db.one(
    NumberRow,
    sql`
      insert into task_boards (id, last_number)
      values ('workspace', 1)
      on conflict (id) do update set last_number = task_boards.last_number + 1
      returning last_number
    `,
  );
  if (!row) throw new Error('The board gave no number');
  return row.lastNumber;
}

/** Whoever gives a task a place holds the board, before they hold the task: so places differ and nobody waits in a ring. */
export async function lockBoard(db: TenantDatabase): Promise<void> {
  await db.run(sql`select last_number from task_boards where id = 'workspace' for update`);
}

/** Between which two places: null is the end of the column. */
export interface Gap {
  readonly above: string | null;
  readonly below: string | null;
}

const GapRow = z.object({ above: z.string().nullable(), below: z.string().nullable() });

const others = (id: string, status: Status): Sql =>
  sql`o.status = ${status} and o.archived_at is null and o.id <> ${id}`;

export async function gapAtEnd(
  db: TenantDatabase,
  { id, status, end }: { id: string; status: Status; end: 'top' | 'bottom' },
): Promise<Gap> {
  const edge =
    end === 'top' ? sql`null::numeric as above, min(o.position)` : sql`max(o.position) as above, null::numeric`;
  const row = await db.one(GapRow, sql`select ${edge} as below from tasks o where ${others(id, status)}`);
  return row ?? { above: null, below: null };
}

/** Undefined when the neighbour is not in that column any more. */
export async function gapBeside(
  db: TenantDatabase,
  { id, status, neighbour, side }: { id: string; status: Status; neighbour: string; side: 'before' | 'after' },
): Promise<Gap | undefined> {
  const next =
    side === 'before'
      ? sql`(select max(o.position) from tasks o where ${others(id, status)} and o.position < n.position) as above, n.position as below`
      : sql`n.position as above, (select min(o.position) from tasks o where ${others(id, status)} and o.position > n.position) as below`;
  return db.one(
    GapRow,
    sql`
      select ${next}
      from tasks n
      where n.id = ${neighbour}
        and n.id <> ${id}
        and n.status = ${status}
        and n.archived_at is null
    `,
  );
}

/** The id of the task one place up or down in its column. */
export async function findNeighbour(
  db: TenantDatabase,
  { id, direction }: { id: string; direction: 'up' | 'down' },
): Promise<string | undefined> {
  const [beyond, order] =
    direction === 'up' ? [sql`o.position < t.position`, sql`desc`] : [sql`o.position > t.position`, sql`asc`];
  const row = await db.one(
    z.object({ id: z.uuid() }),
    sql`
      select o.id
      from tasks t
      join tasks o on o.status = t.status and o.archived_at is null and ${beyond}
      where t.id = ${id}
      order by o.position ${order}
      limit 1
    `,
  );
  return row?.id;
}

/** Halves of a numeric are exact, so there is always room between two. Only a new status is a new version. */
export async function putInto(db: TenantDatabase, id: string, status: Status, gap: Gap): Promise<void> {
  const { above, below } = gap;
  await db.run(sql`
    update tasks
    set position = case
        when ${above}::numeric is null then coalesce(${below}::numeric - 1, 0)
        when ${below}::numeric is null then ${above}::numeric + 1
        else (${above}::numeric + ${below}::numeric) * 0.5
      end,
      finished_at = case when ${isFinished(status)} then coalesce(finished_at, now()) end,
      version = version + case when status = ${status} then 0 else 1 end,
      updated_at = case when status = ${status} then updated_at else now() end,
      status = ${status}
    where id = ${id}
  `);
}

/** Gives a column whole numbers again, beyond all that it has: the order stays, and no two meet on the way. */
export async function respread(db: TenantDatabase, status: Status): Promise<void> {
  await db.run(sql`
    update tasks t
    set position = n.position
    from (
      select o.id, ceil(max(o.position) over ()) + row_number() over (order by o.position) as position
      from tasks o
      where o.status = ${status} and o.archived_at is null
    ) n
    where n.id = t.id
  `);
}
