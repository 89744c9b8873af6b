import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';

export const keptDays = 90;
const mostKept = 1000;

export async function keepsGaps(db: TenantDatabase): Promise<boolean> {
  const row = await db.one(
    z.object({ keepsGaps: z.boolean() }),
    sql`select keeps_gaps from knowledge_settings where id = 'workspace'`,
  );
  return row?.keepsGaps ?? false;
}

export async function saveKeeping(db: TenantDatabase, keeps: boolean): Promise<void> {
  await db.run(sql`
    insert into knowledge_settings (id, keeps_gaps)
    values ('workspace', ${keeps})
    on conflict (id) do update set keeps_gaps = excluded.keeps_gaps, updated_at = now()
  `);
}

const IdRow = z.object({ id: z.uuid() });

export interface NewGap {
  /** Random, not by time: an id that tells its instant would tell who asked. */
  readonly id: string;
  readonly tag: Buffer;
  readonly question: string;
}

/** Counts the same question again; a dismissed one stays dismissed. Undefined when nothing was written. */
export async function countGap(db: TenantDatabase, { id, tag, question }: NewGap): Promise<string | undefined> {
  const sealed = db.seal('knowledge_gaps.question', id, question);
  const row = await db.one(
    IdRow,
    sql`
      insert into knowledge_gaps (id, tag, question, first_day, last_day)
      select ${id}, ${tag}, ${sealed}, current_date, current_date
      where (select count(*) from knowledge_gaps) < ${mostKept}
        or exists (select from knowledge_gaps where tag = ${tag})
      on conflict (tag) do update
      set times = knowledge_gaps.times + 1, last_day = current_date
      where knowledge_gaps.question is not null
      returning id
    `,
  );
  return row?.id;
}

const GapRow = z.object({
  id: z.uuid(),
  question: z.instanceof(Buffer),
  times: z.number(),
  firstDay: z.date(),
  lastDay: z.date(),
});
export type Gap = Omit<z.infer<typeof GapRow>, 'question'> & { readonly question: string };

const shown = sql`question is not null and last_day > current_date - ${keptDays}::integer`;
// As instants, because a day has no place in the driver: noon, so that it is that day everywhere.
const columns = sql`
  id, question, times, first_day::timestamp + interval '12 hours' as first_day,
  last_day::timestamp + interval '12 hours' as last_day
`;

/** Most often asked first. */
export async function listGaps(db: TenantDatabase, limit: number): Promise<Gap[]> {
  const rows = await db.many(
    GapRow,
    sql`
      select ${columns}
      from knowledge_gaps
      where ${shown}
      order by times desc, last_day desc, id
      limit ${limit}
    `,
  );
  return rows.map((row) => opened(db, row));
}

export async function findGap(db: TenantDatabase, id: string): Promise<Gap | undefined> {
  const row = await db.one(GapRow, sql`select ${columns} from knowledge_gaps where id = ${id} and ${shown}`);
  return row && opened(db, row);
}

function opened(db: TenantDatabase, row: z.infer<typeof GapRow>): Gap {
  return { ...row, question: db.openText('knowledge_gaps.question', row.id, row.question) };
}

/** Its words go; its tag stays, so that it does not come back tomorrow. */
export async function dismissGapRow(db: TenantDatabase, id: string): Promise<number> {
  return db.run(sql`update knowledge_gaps set question = null where id = ${id} and question is not null`);
}

export async function deleteGaps(db: TenantDatabase): Promise<number> {
  return db.run(sql`delete from knowledge_gaps`);
}

export async function deleteExpiredGap(db: TenantDatabase, id: string): Promise<void> {
  await db.run(sql`delete from knowledge_gaps where id = ${id} and last_day <= current_date - ${keptDays}::integer`);
}
