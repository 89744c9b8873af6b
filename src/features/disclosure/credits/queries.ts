import { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';

/** The reporter's own word. What is changed is published anew, or not: another name needs another look. */
export async function saveConsent(db: Database, reportId: string, credit: Buffer): Promise<void> {
  await db.run(sql`
    update shared.reports
    set credit = ${credit}, consented_at = now(), published_at = null
    where id = ${reportId}
  `);
}

export async function withdrawConsent(db: Database, reportId: string): Promise<number> {
  return db.run(sql`
    update shared.reports
    set credit = null, consented_at = null, published_at = null
    where id = ${reportId} and credit is not null
  `);
}

/** Zero when there is no consent, or it is so already. */
export async function setPublished(db: Database, reportId: string, published: boolean): Promise<number> {
  return db.run(sql`
    update shared.reports
    set published_at = case when ${published} then now() end
    where id = ${reportId}
      and credit is not null
      and (published_at is not null) <> ${published}
  `);
}

const SealedCredit = z.object({ id: z.uuid(), credit: z.instanceof(Buffer) });

export async function findCredit(db: Database, reportId: string): Promise<Buffer | undefined> {
  const row = await db.one(
    SealedCredit,
    sql`select id, credit from shared.reports where id = ${reportId} and credit is not null`,
  );
  return row?.credit;
}

const Published = SealedCredit.extend({ receivedAt: z.date(), score: z.number().nullable() });
export type PublishedCredit = z.infer<typeof Published>;

export async function listPublished(db: Database, most = 1000): Promise<PublishedCredit[]> {
  return db.many(
    Published,
    sql`
      select id, credit, received_at, score::float8 as score
      from shared.reports
      where published_at is not null
      order by received_at desc, id
      limit ${most}
    `,
  );
}
