import { z } from 'zod';
import type { Database } from '../../database/database.js';
import { newId } from '../../database/id.js';
import { sql } from '../../database/sql.js';
import { ahead } from './clocks.js';
import { Report, type ReportState, settledStates, type Verdicts } from './report.js';

export const reportColumns = sql`
  id, reference, source, state, spf, dkim, dmarc, duplicate_of, severity, score::float8 as score, received_at,
  acknowledge_by, resolve_by, acknowledged_at, answered_at, assessed_at, closed_at, consented_at, published_at
`;

export const WithSealed = Report.extend({ sealed: z.instanceof(Buffer) });
export type SealedReport = z.infer<typeof WithSealed>;

type KeptVerdicts = { readonly [Name in keyof Verdicts]: string | null };

export interface NewReport extends KeptVerdicts {
  readonly id: string;
  readonly reference: string;
  readonly source: 'mail' | 'form';
  readonly sealed: Buffer;
  readonly tokenHash: Buffer;
  readonly messageTag: Buffer | null;
  readonly senderTag: Buffer | null;
  readonly acknowledgeBy: Date;
  readonly resolveBy: Date;
}

/** Zero when the same mail has come before. */
export async function insertReport(db: Database, report: NewReport): Promise<number> {
  const { id, reference, source, sealed, tokenHash, messageTag, senderTag, spf, dkim, dmarc } = report;
  return db.run(sql`
    insert into shared.reports (
      id, reference, source, sealed, token_hash, message_tag, sender_tag, spf, dkim, dmarc, acknowledge_by, resolve_by
    )
    values (
      ${id}, ${reference}, ${source}, ${sealed}, ${tokenHash}, ${messageTag}, ${senderTag}, ${spf}, ${dkim}, ${dmarc},
      ${report.acknowledgeBy}, ${report.resolveBy}
    )
    on conflict (message_tag) do nothing
  `);
}

/** Of the installation: a reporter is in no workspace, and where they write from is not kept. */
export async function insertReportEvent(db: Database, event: string, reference: string): Promise<void> {
  await db.run(sql`
    insert into shared.platform_events (id, event, outcome, actor, details)
    values (${newId()}, ${event}, 'done', 'a reporter', ${JSON.stringify({ reference })}::jsonb)
  `);
}

export async function findReportByToken(db: Database, tokenHash: Buffer): Promise<SealedReport | undefined> {
  return db.one(WithSealed, sql`select ${reportColumns}, sealed from shared.reports where token_hash = ${tokenHash}`);
}

export async function findReportByReference(db: Database, reference: string): Promise<SealedReport | undefined> {
  return db.one(WithSealed, sql`select ${reportColumns}, sealed from shared.reports where reference = ${reference}`);
}

/** The report that a mail goes on with: only its own sender's mails do. */
export async function findThreadOf(db: Database, reference: string, senderTag: Buffer): Promise<Report | undefined> {
  return db.one(
    Report,
    sql`select ${reportColumns} from shared.reports where reference = ${reference} and sender_tag = ${senderTag}`,
  );
}

/** Newest first; open ones before the others. */
export async function listReports(db: Database, most = 200): Promise<SealedReport[]> {
  return db.many(
    WithSealed,
    sql`
      select ${reportColumns}, sealed
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

/** A person took it up; what was new is acknowledged by that. */
export async function markAnswered(db: Database, id: string): Promise<void> {
  await db.run(sql`
    update shared.reports
    set
      answered_at = coalesce(answered_at, now()),
      state = case when state = 'new' then 'acknowledged' else state end
    where id = ${id}
  `);
}

/** Answers zero when it was in this state, of this duplicate, already. */
export async function markState(
  db: Database,
  id: string,
  { state, duplicateOf = null }: { readonly state: ReportState; readonly duplicateOf?: string | null },
): Promise<number> {
  const settled = settledStates.includes(state);
  const open = state === 'new' || state === 'acknowledged';
  return db.run(sql`
    update shared.reports
    set
      state = ${state},
      duplicate_of = ${duplicateOf},
      answered_at = case when ${state} = 'new' then null else coalesce(answered_at, now()) end,
      assessed_at = case when ${open} then null else coalesce(assessed_at, now()) end,
      closed_at = case when ${settled} then coalesce(closed_at, now()) end,
      reminded = null
    where id = ${id}
      and (state, duplicate_of) is distinct from (${state}, ${duplicateOf}::uuid)
  `);
}

const Reminder = z.object({
  reference: z.string(),
  clock: z.enum(['acknowledgement near', 'acknowledgement over', 'resolution near', 'resolution over']),
});

/** Open reports of which a promised time is near or over and nobody was reminded yet. */
export async function takeReminders(db: Database): Promise<z.infer<typeof Reminder>[]> {
  return db.many(
    Reminder,
    sql`
      with due as (
        select id, case
          when resolve_by < now() then 'resolution over'
          when answered_at is null and acknowledge_by < now() then 'acknowledgement over'
          when answered_at is null and acknowledge_by < now() + make_interval(hours => ${ahead.acknowledgement})
            then 'acknowledgement near'
          when resolve_by < now() + make_interval(hours => ${ahead.resolution}) then 'resolution near'
        end as clock
        from shared.reports
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
