import { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { empty, type Sql, sql } from '../../../database/sql.js';
import { NotFound } from '../../../errors.js';
import { ahead } from '../../disclosure/clocks.js';
import { reportColumns, type SealedReport, WithSealed } from '../../disclosure/queries.js';
import { Report } from '../../disclosure/report.js';
import { perPage, type ReportQuery } from './list.js';

const lowest = { none: 0, low: 0.1, medium: 4, high: 7, critical: 9 } as const;
const highest = { none: 0, low: 3.9, medium: 6.9, high: 8.9, critical: 10 } as const;

const isOverdue = sql`
  (closed_at is null and (resolve_by < now() or (answered_at is null and acknowledge_by < now())))
`;
const isSoon = sql`
  (closed_at is null and (
    (answered_at is null and acknowledge_by < now() + make_interval(hours => ${ahead.acknowledgement}))
    or resolve_by < now() + make_interval(hours => ${ahead.resolution})
  ))
`;

function matching({ q, state, severity, due }: ReportQuery): Sql {
  const rated = severity && severity !== 'unrated';
  return sql`
    position(${q} in reference) > 0
    ${state === 'open' ? sql`and closed_at is null` : state ? sql`and state = ${state}` : empty}
    ${severity === 'unrated' ? sql`and score is null` : empty}
    ${rated ? sql`and score between ${lowest[severity]} and ${highest[severity]}` : empty}
    ${due === 'overdue' ? sql`and ${isOverdue}` : due === 'soon' ? sql`and ${isSoon} and not ${isOverdue}` : empty}
  `;
}

/** What is open and due first comes first, then what was settled last. One more than a page when there is another. */
export async function listReportsFor(db: Database, query: ReportQuery): Promise<SealedReport[]> {
  return db.many(
    WithSealed,
    sql`
      select ${reportColumns}, sealed
      from shared.reports
      where ${matching(query)}
      order by
        closed_at is not null,
        case when closed_at is null then case when answered_at is null then acknowledge_by else resolve_by end end,
        closed_at desc,
        id
      limit ${perPage + 1}
      offset ${(query.page - 1) * perPage}
    `,
  );
}

const Counts = z.object({
  all: z.number(),
  open: z.number(),
  new: z.number(),
  acknowledged: z.number(),
  confirmed: z.number(),
  overdue: z.number(),
  soon: z.number(),
});
export type Counts = z.infer<typeof Counts>;

export async function countReports(db: Database): Promise<Counts> {
  const row = await db.one(
    Counts,
    sql`
      select
        count(*) as all,
        count(*) filter (where closed_at is null) as open,
        count(*) filter (where state = 'new') as new,
        count(*) filter (where state = 'acknowledged') as acknowledged,
        count(*) filter (where state = 'confirmed') as confirmed,
        count(*) filter (where ${isOverdue}) as overdue,
        count(*) filter (where ${isSoon} and not ${isOverdue}) as soon
      from shared.reports
    `,
  );
  return Counts.parse(row);
}

/** Whoever acts on it waits for whoever acts on it now. Throws NotFound. */
export async function lockReport(db: Database, reference: string): Promise<SealedReport> {
  const report = await db.one(
    WithSealed,
    sql`select ${reportColumns}, sealed from shared.reports where reference = ${reference} for update`,
  );
  if (!report) throw new NotFound('There is no such report.');
  return report;
}

export async function findReport(db: Database, id: string): Promise<Report | undefined> {
  return db.one(Report, sql`select ${reportColumns} from shared.reports where id = ${id}`);
}

export async function setSeverity(db: Database, id: string, severity: string | null, score: number | null) {
  await db.run(sql`update shared.reports set severity = ${severity}, score = ${score} where id = ${id}`);
}

const LinkedTenant = z.object({ id: z.string(), slug: z.string(), name: z.string() });
export type LinkedTenant = z.infer<typeof LinkedTenant>;

export async function listLinkedTenants(db: Database, reportId: string): Promise<LinkedTenant[]> {
  return db.many(
    LinkedTenant,
    sql`
      select t.id, t.slug, t.name
      from shared.report_tenants r
      join shared.tenants t on t.id = r.tenant_id
      where r.report_id = ${reportId}
      order by lower(t.name), t.id
    `,
  );
}

/** The workspace that was linked; undefined when none has this address or it was linked before. */
export async function linkTenant(db: Database, reportId: string, slug: string): Promise<string | undefined> {
  const row = await db.one(
    z.object({ tenantId: z.string() }),
    sql`
      insert into shared.report_tenants (report_id, tenant_id)
      select ${reportId}, id from shared.tenants where slug = ${slug} and status = 'active'
      on conflict do nothing
      returning tenant_id
    `,
  );
  return row?.tenantId;
}

export async function unlinkTenant(db: Database, reportId: string, tenantId: string): Promise<number> {
  return db.run(sql`delete from shared.report_tenants where report_id = ${reportId} and tenant_id = ${tenantId}`);
}
