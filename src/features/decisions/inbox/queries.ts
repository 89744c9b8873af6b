import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { often } from '../../../database/prepared.js';
import { join, type Sql, sql } from '../../../database/sql.js';
import type { Effect } from '../../../llm/tool.js';
import { DecisionRow, type DecisionSummary } from '../decision.js';
import { summaryColumns, type Viewer, visibleTo } from '../queries.js';

export const views = ['waiting', 'mine', 'others', 'decided'] as const;
export type View = (typeof views)[number];

export interface Filter {
  readonly view: View;
  readonly tool?: string | undefined;
  readonly effect?: Effect | undefined;
  readonly agent?: string | undefined;
}

const open = sql`d.status = 'waiting' and d.expires_at > now()`;

/** What this person can do something about now. */
function forMe(viewer: Viewer): Sql {
  const { accountId, mayDecide, mayDecideOwn, alone } = viewer;
  if (!mayDecide) return sql`false`;
  const own = mayDecideOwn ? sql`true` : sql`(d.account_id <> ${accountId} or d.id = any (${[...alone]}::uuid[]))`;
  return sql`(
    ${open}
    and (d.assigned_to is null or d.assigned_to = ${accountId})
    and ${own}
    and not exists (
      select from decision_steps s
      where s.decision_id = d.id and s.version = d.version and s.account_id = ${accountId} and s.step = 'approved'
    )
  )`;
}

function inView(viewer: Viewer, view: View): Sql {
  if (view === 'waiting') return forMe(viewer);
  if (view === 'mine') return sql`d.account_id = ${viewer.accountId}`;
  // One whose time is over stays here for the moment until the job has said no.
  if (view === 'others') return sql`d.status = 'waiting' and not ${forMe(viewer)}`;
  return sql`d.status <> 'waiting'`;
}

function conditions(viewer: Viewer, { view, tool, effect, agent }: Filter): Sql[] {
  return [
    visibleTo(viewer),
    inView(viewer, view),
    ...(tool ? [sql`d.tool = ${tool}`] : []),
    ...(effect ? [sql`d.effect = ${effect}`] : []),
    ...(agent ? [sql`d.agent_id = ${agent}`] : []),
  ];
}

const ListRow = DecisionRow.extend({ summary: z.instanceof(Buffer) });

/** Newest first. Ids are made in the order of time, so they page as well as they name. */
export async function listDecisions(
  db: TenantDatabase,
  viewer: Viewer,
  filter: Filter,
  page: { before?: string | undefined; limit: number },
): Promise<DecisionSummary[]> {
  const where = conditions(viewer, filter);
  if (page.before) where.push(sql`d.id < ${page.before}`);
  const rows = await db.many(
    ListRow,
    sql`
      select ${summaryColumns}, v.summary
      from decisions d
      join decision_versions v on v.decision_id = d.id and v.version = d.version
      where ${join(where, ' and ')}
      order by d.id desc
      limit ${page.limit}
    `,
  );
  return rows.map(({ overdue, version, ...row }) => ({
    ...row,
    status: overdue ? 'expired' : row.status,
    summary: db.openText('decision_versions.summary', `${row.id}|${version}`, row.summary),
  }));
}

/** No tab says more than that. */
export const mostCounted = 100;

export async function countForMe(db: TenantDatabase, viewer: Viewer): Promise<number> {
  if (!viewer.mayDecide) return 0;
  const row = await db.one(
    z.object({ count: z.number() }),
    often(sql`
      select count(*)
      from (
        select from decisions d
        where ${forMe(viewer)} and ${visibleTo(viewer)}
        order by d.id desc
        limit ${mostCounted}
      ) as waiting
    `),
  );
  return row?.count ?? 0;
}

/** The agents that may have asked, by name. Not by looking through all that was ever asked. */
export function listAskers(db: TenantDatabase) {
  return db.many(
    z.object({ id: z.uuid(), name: z.string() }),
    sql`select a.id, a.name from agents a order by lower(a.name), a.id limit 200`,
  );
}
