import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import { NotFound } from '../../../errors.js';
import { byName, colours, folded, type Label, type LabelDraft } from './label.js';

const LabelRow = z.object({ id: z.uuid(), name: z.instanceof(Buffer), colour: z.enum(colours) });

const opened = (db: TenantDatabase, row: z.infer<typeof LabelRow>): Label => ({
  ...row,
  name: db.openText('labels.name', row.id, row.name),
});

/** All of them, by name. */
export async function listLabels(db: TenantDatabase): Promise<Label[]> {
  const rows = await db.many(LabelRow, sql`select id, name, colour from labels`);
  return rows.map((row) => opened(db, row)).sort(byName);
}

export async function getLabel(db: TenantDatabase, id: string): Promise<Label> {
  const row = await db.one(LabelRow, sql`select id, name, colour from labels where id = ${id}`);
  if (!row) throw new NotFound('There is no such label.');
  return opened(db, row);
}

/** How many tasks bear each, those that are archived not counted. */
export async function countUses(db: TenantDatabase): Promise<ReadonlyMap<string, number>> {
  const rows = await db.many(
    z.object({ labelId: z.uuid(), count: z.number() }),
    sql`
      select tl.label_id, count(*)
      from task_labels tl
      join tasks t on t.id = tl.task_id
      where t.archived_at is null
      group by tl.label_id
    `,
  );
  return new Map(rows.map(({ labelId, count }) => [labelId, count]));
}

/** One name, one label: the tag of a name is the same for the same name. */
const tagOf = (db: TenantDatabase, name: string): Buffer => db.blind(`labels|${folded(name)}`);

/** Zero when there is one of this name already. */
export const insertLabel = (db: TenantDatabase, id: string, { name, colour }: LabelDraft): Promise<number> =>
  db.run(sql`
    insert into labels (id, name, name_tag, colour)
    values (${id}, ${db.seal('labels.name', id, name)}, ${tagOf(db, name)}, ${colour})
    on conflict (name_tag) do nothing
  `);

/** Zero when another one has this name. */
export const updateLabel = (db: TenantDatabase, id: string, { name, colour }: LabelDraft): Promise<number> =>
  db.run(sql`
    update labels
    set name = ${db.seal('labels.name', id, name)}, name_tag = ${tagOf(db, name)}, colour = ${colour}
    where id = ${id}
      and not exists (select from labels o where o.name_tag = ${tagOf(db, name)} and o.id <> ${id})
  `);

export const deleteLabel = (db: TenantDatabase, id: string): Promise<number> =>
  db.run(sql`delete from labels where id = ${id}`);

export async function findLabelNamed(db: TenantDatabase, name: string): Promise<Label | undefined> {
  const row = await db.one(LabelRow, sql`select id, name, colour from labels where name_tag = ${tagOf(db, name)}`);
  return row && opened(db, row);
}
