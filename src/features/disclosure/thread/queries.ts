import { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';

/** A note is for operators alone. */
export const authors = ['reporter', 'operator', 'note'] as const;
export type Author = (typeof authors)[number];

const verdict = z.string().nullable();

const Message = z.object({
  id: z.uuid(),
  author: z.enum(authors),
  source: z.enum(['page', 'mail', 'command']),
  writer: z.string().nullable(),
  spf: verdict,
  dkim: verdict,
  dmarc: verdict,
  sealed: z.instanceof(Buffer),
  at: z.date(),
});
export type SealedMessage = z.infer<typeof Message>;

export async function listMessages(db: Database, reportId: string): Promise<SealedMessage[]> {
  return db.many(
    Message,
    sql`
      select id, author, source, writer, spf, dkim, dmarc, sealed, at
      from shared.report_messages
      where report_id = ${reportId}
      order by at, id
    `,
  );
}

export interface NewMessage {
  readonly id: string;
  readonly author: Author;
  readonly source: SealedMessage['source'];
  readonly writer?: string;
  readonly sealed: Buffer;
  readonly messageTag?: Buffer;
  readonly verdicts?: { readonly spf: string; readonly dkim: string; readonly dmarc: string };
}

/** Zero when the same mail has come before. */
export async function insertMessage(db: Database, reportId: string, message: NewMessage): Promise<number> {
  const { id, author, source, writer = null, sealed, messageTag = null, verdicts } = message;
  return db.run(sql`
    insert into shared.report_messages (id, report_id, author, source, writer, sealed, message_tag, spf, dkim, dmarc)
    values (
      ${id}, ${reportId}, ${author}, ${source}, ${writer}, ${sealed}, ${messageTag},
      ${verdicts?.spf ?? null}, ${verdicts?.dkim ?? null}, ${verdicts?.dmarc ?? null}
    )
    on conflict (message_tag) do nothing
  `);
}

export interface NewFile {
  readonly id: string;
  readonly sealed: Buffer;
  readonly bytes: number;
}

export async function insertFile(db: Database, reportId: string, { id, sealed, bytes }: NewFile): Promise<void> {
  await db.run(sql`
    insert into shared.report_files (id, report_id, sealed, bytes) values (${id}, ${reportId}, ${sealed}, ${bytes})
  `);
}

const File = z.object({ id: z.uuid(), sealed: z.instanceof(Buffer), bytes: z.number() });
export type SealedFile = z.infer<typeof File>;

export async function listFiles(db: Database, reportId: string): Promise<SealedFile[]> {
  return db.many(
    File,
    sql`select id, sealed, bytes from shared.report_files where report_id = ${reportId} order by id`,
  );
}

export async function findFile(db: Database, reportId: string, id: string): Promise<SealedFile | undefined> {
  return db.one(
    File,
    sql`select id, sealed, bytes from shared.report_files where report_id = ${reportId} and id = ${id}`,
  );
}
