import { z } from 'zod';
import type { Database } from '../../../../database/database.js';
import { sql } from '../../../../database/sql.js';
import { NotFound } from '../../../../errors.js';

export const Answer = z.object({ id: z.uuid(), name: z.string(), text: z.string() });
export type Answer = z.infer<typeof Answer>;

export async function listAnswers(db: Database): Promise<Answer[]> {
  return db.many(Answer, sql`select id, name, text from shared.report_answers order by lower(name), id`);
}

export async function getAnswer(db: Database, id: string): Promise<Answer> {
  const answer = await db.one(Answer, sql`select id, name, text from shared.report_answers where id = ${id}`);
  if (!answer) throw new NotFound('There is no such template.');
  return answer;
}

/** Makes it or changes it. Zero when another one has the name. */
export async function saveAnswer(db: Database, { id, name, text }: Answer): Promise<number> {
  return db.run(sql`
    insert into shared.report_answers (id, name, text)
    select ${id}, ${name}, ${text}
    where not exists (select from shared.report_answers where lower(name) = lower(${name}) and id <> ${id})
    on conflict (id) do update set name = excluded.name, text = excluded.text
  `);
}

export async function deleteAnswer(db: Database, id: string): Promise<number> {
  return db.run(sql`delete from shared.report_answers where id = ${id}`);
}
