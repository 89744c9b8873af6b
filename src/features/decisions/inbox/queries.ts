import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
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
function forMe({ accountId, mayDecide, mayDecideOwn }: Viewer): Sql {
  return sql`(
    ${mayDecide} and ${open}
    and (d.assigned_to is null or d.assigned_to = ${accountId})
    and (d.account_id <> ${accountId} or ${mayDecideOwn})
    and not exists (
      select from decision_steps s
      where s.decision_id = d.id and s.version = d.version and s.account_id = ${accountId} and s.step = 'approved'
    )
  )`;
}

function inView(viewer: Viewer, view: View): Sql {
  if (view === 'waiting') return forMe(viewer);
  if (view === 'mine') return sql`d.account_id = ${viewer.accountId}`;
  if (view === 'others') return sql`${open} and not ${forMe(viewer)}`;
  return sql`not (${open})`;
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

export async function countForMe(db: TenantDatabase, viewer: Viewer): Promise<number> {
  const row = await db.one(
    z.object({ count: z.number() }),
    sql`select count(*) from decisions d where ${forMe(viewer)}`,
  );
  return row?.count ?? 0;
}

const OptionRow = z.object({ tools: z.array(z.string()).nullable(), agents: z.array(z.string()).nullable() });

/** What the filters offer: tools and agents that asked. */
export async function listOptions(db: TenantDatabase, viewer: Viewer) {
  const row = await db.one(
    OptionRow,
    sql`
      select array_agg(distinct d.tool order by d.tool) as tools,
        array_agg(distinct d.agent_id || ' ' || d.agent_name) as agents
      from decisions d
      where ${visibleTo(viewer)}
    `,
  );
  const agents = (row?.agents ?? []).map((text) => ({ id: text.slice(0, 36), name: text.slice(37) }));
  return { tools: row?.tools ?? [], agents };
}
