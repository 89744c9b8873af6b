import { z } from 'zod';
import type { Database } from '../../database/database.js';
import { sql } from '../../database/sql.js';
import { ahead, clocks, Report, type ReportState } from './report.js';

const columns = sql`
  id, reference, source, state, spf, dkim, dmarc, received_at, acknowledged_at, answered_at, assessed_at, closed_at
`;

const WithSealed = Report.extend({ sealed: z.instanceof(Buffer) });
export type SealedReport = z.infer<typeof WithSealed>;

export interface NewReport {
  readonly id: string;
  readonly reference: string;
  readonly source: 'mail' | 'form';
  readonly sealed: Buffer;
  readonly tokenHash: Buffer;
  readonly messageTag: Buffer | null;
  readonly senderTag: Buffer | null;
  readonly spf: string | null;
  readonly dkim: string | null;
  readonly dmarc: string | null;
}

/** Zero when the same mail has come before. */
export async function insertReport(db: Database, report: NewReport): Promise<number> {
  const { id, reference, source, sealed, tokenHash, messageTag, senderTag, spf, dkim, dmarc } = report;
  return db.run(sql`
    insert into shared.reports (id, reference, source, sealed, token_hash, message_tag, sender_tag, spf, dkim, dmarc)
    values (
      ${id}, ${reference}, ${source}, ${sealed}, ${tokenHash}, ${messageTag}, ${senderTag}, ${spf}, ${dkim}, ${dmarc}
    )
    on conflict (message_tag) do nothing
  `);
}

export async function findReportByToken(db: Database, tokenHash: Buffer): Promise<SealedReport | undefined> {
  return db.one(WithSealed, sql`select ${columns}, sealed from shared.reports where token_hash = ${tokenHash}`);
}

export async function findReportByReference(db: Database, reference: string): Promise<SealedReport | undefined> {
  return db.one(WithSealed, sql`select ${columns}, sealed from shared.reports where reference = ${reference}`);
}

/** Newest first; open ones before the others. */
export async function listReports(db: Database, most = 200): Promise<SealedReport[]> {
  return db.many(
    WithSealed,
    sql`
      select ${columns}, sealed
      from shared.reports
      order by closed_at is not null, received_at desc, id
      limit ${most}
    `,
  );
}

/** Whether this sender was sent an acknowledgement within a day: two machines must not talk to each other for ever. */
export async function wasAcknowledged(db: Database, senderTag: Buffer): Promise<boolean> {
  const row = await db.one(
    z.object({ known: z.boolean() }),
    sql`
      select exists (
        select from shared.reports
        where sender_tag = ${senderTag}
          and acknowledged_at > now() - interval '1 day'
      ) as known
    `,
  );
  return row?.known ?? false;
}

export async function markAcknowledged(db: Database, id: string): Promise<void> {
  await db.run(sql`update shared.reports set acknowledged_at = now() where id = ${id}`);
}

export async function markAnswered(db: Database, id: string): Promise<void> {
  await db.run(sql`update shared.reports set answered_at = coalesce(answered_at, now()) where id = ${id}`);
}

export async function markState(db: Database, id: string, state: ReportState): Promise<void> {
  const closed = state === 'declined' || state === 'resolved';
  await db.run(sql`
    update shared.reports
    set
      state = ${state},
      answered_at = coalesce(answered_at, now()),
      assessed_at = case when ${state} = 'received' then null else coalesce(assessed_at, now()) end,
      closed_at = case when ${closed} then now() end
    where id = ${id}
  `);
}

const Message = z.object({
  id: z.uuid(),
  author: z.enum(['reporter', 'operator']),
  sealed: z.instanceof(Buffer),
  at: z.date(),
});
export type SealedMessage = z.infer<typeof Message>;

export async function listMessages(db: Database, reportId: string): Promise<SealedMessage[]> {
  return db.many(
    Message,
    sql`select id, author, sealed, at from shared.report_messages where report_id = ${reportId} order by at, id`,
  );
}

export async function insertMessage(
  db: Database,
  reportId: string,
  { id, author, sealed }: Omit<SealedMessage, 'at'>,
): Promise<void> {
  await db.run(sql`
    insert into shared.report_messages (id, report_id, author, sealed) values (${id}, ${reportId}, ${author}, ${sealed})
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

export async function listFiles(db: Database, reportId: string): Promise<z.infer<typeof File>[]> {
  return db.many(
    File,
    sql`select id, sealed, bytes from shared.report_files where report_id = ${reportId} order by id`,
  );
}

/** Open reports of which a promised time is near or over and nobody was reminded yet. */
export async function takeReminders(db: Database): Promise<{ reference: string; clock: string }[]> {
  return db.many(
    z.object({ reference: z.string(), clock: z.string() }),
    sql`
      with due as (
        select id, case
          when answered_at is null and hours > ${clocks.answer} then 'answer over'
          when answered_at is null and hours > ${clocks.answer - ahead.answer} then 'answer near'
          when assessed_at is null and hours > ${clocks.assessment} then 'assessment over'
          when assessed_at is null and hours > ${clocks.assessment - ahead.assessment} then 'assessment near'
        end as clock
        from shared.reports
        cross join lateral (select extract(epoch from now() - received_at) / 3600) as age (hours)
        where closed_at is null
      )
      update shared.reports r
      set reminded = due.clock
      from due
      where due.id = r.id
        and due.clock is not null
        and r.reminded is distinct from due.clock
      returning r.reference, due.clock
    `,
  );
}
