import { z } from 'zod';
import type { Database, TenantDatabase } from '../../database/database.js';
import { empty, type Sql, sql } from '../../database/sql.js';
import { union } from '../../tenancy/permissions.js';
import { listMembers } from '../members/queries.js';
import { clock } from './counting/queries.js';
import { callStates, everybody, type Limit, purposes, Standing, workspaceHolder } from './usage.js';

/** Those who look after a workspace, and can give it another limit. */
export async function listWatchers(shared: Database, tenantId: string): Promise<string[]> {
  const members = await listMembers(shared, tenantId);
  return members
    .filter(({ role, granted }) => union(role, granted).has('settings.update'))
    .map(({ accountId }) => accountId);
}

const LimitRow = z.object({ holder: z.string(), tokens: z.number().nullable(), costMicros: z.number().nullable() });

/** As the workspace's own people set them, by holder. */
export async function listLimits(db: TenantDatabase): Promise<ReadonlyMap<string, Limit>> {
  const rows = await db.many(LimitRow, sql`select holder, tokens, cost_micros from usage_limits`);
  return new Map(rows.map(({ holder, ...limit }) => [holder, limit]));
}

export async function saveLimit(db: TenantDatabase, holder: string, { tokens, costMicros }: Limit): Promise<void> {
  await db.run(sql`
    insert into usage_limits (holder, tokens, cost_micros)
    values (${holder}, ${tokens}, ${costMicros})
    on conflict (holder) do update
    set tokens = excluded.tokens, cost_micros = excluded.cost_micros, updated_at = now()
  `);
}

/** Zero when there is none. */
export function deleteLimit(db: TenantDatabase, holder: string): Promise<number> {
  return db.run(sql`delete from usage_limits where holder = ${holder}`);
}

/** Whoever gets another limit is told again when little is left of it. */
export async function forgetWarning(db: TenantDatabase, holder: string): Promise<void> {
  await db.run(sql`
    update usage_totals
    set warned_at = null
    from (${clock}) clock
    where usage_totals.month = clock.month
      and (holder = ${holder} or (${holder} = ${everybody} and holder <> ${workspaceHolder}))
  `);
}

export async function saveZone(db: TenantDatabase, zone: string): Promise<void> {
  await db.run(sql`
    insert into settings (id, time_zone)
    values ('workspace', ${zone})
    on conflict (id) do update set time_zone = excluded.time_zone, updated_at = now()
  `);
}

const NowRow = z.object({ zone: z.string(), month: z.string(), renewsAt: z.date() });

/** The month that it is by the workspace's clock, and when it ends. */
export async function getMonth(db: TenantDatabase) {
  const row = await db.one(
    NowRow,
    sql`
      select zone, month::text as month, (month + interval '1 month') at time zone zone as renews_at
      from (${clock}) clock
    `,
  );
  if (!row) throw new Error('There is no month');
  return row;
}

const TotalRow = Standing.pick({ holder: true, tokens: true, costMicros: true });

/** What these holders used in a month. */
export async function listTotals(db: TenantDatabase, month: string) {
  const rows = await db.many(
    TotalRow,
    sql`select holder, tokens, cost_micros from usage_totals where month = ${month}::date`,
  );
  return new Map(rows.map((row) => [row.holder, row]));
}

const MonthRow = z.object({ month: z.string() });

/** Months in which something was asked, the newest first. */
export async function listMonths(db: TenantDatabase): Promise<string[]> {
  const rows = await db.many(
    MonthRow,
    sql`select distinct month::text as month from usage_totals order by month desc limit 36`,
  );
  return rows.map(({ month }) => month);
}

/** Which calls: of a month, of everybody or of one person. */
export interface Scope {
  readonly month: string;
  readonly accountId?: string | undefined;
}

const within = ({ month, accountId }: Scope): Sql =>
  sql`c.month = ${month}::date ${accountId === undefined ? empty : sql`and c.account_id = ${accountId}`}`;

const zone = sql`coalesce((select time_zone from settings where id = 'workspace'), 'UTC')`;

const keys = {
  day: sql`((c.at at time zone ${zone})::date)::text`,
  agent: sql`coalesce(c.agent_id::text, '')`,
  model: sql`c.provider || ':' || c.model`,
  person: sql`coalesce(c.account_id::text, '')`,
} as const;
export type By = keyof typeof keys;

const Sum = z.object({
  key: z.string(),
  name: z.string().nullable(),
  calls: z.number(),
  failed: z.number(),
  tokensIn: z.number(),
  tokensOut: z.number(),
  tokensCached: z.number(),
  costMicros: z.number(),
  /** Calls that used something up, at a price that nobody knows. */
  unpriced: z.number(),
});
export type Sum = z.infer<typeof Sum>;

const mostRows = 200;

/** Calls of a month together, by day in order and otherwise the largest first. */
export function sumCalls(db: TenantDatabase, scope: Scope, by: By): Promise<Sum[]> {
  return db.many(
    Sum,
    sql`
      select s.*, ${by === 'agent' ? sql`a.name` : sql`null::text as name`}
      from (
        select ${keys[by]} as key, count(*) as calls, count(*) filter (where c.state = 'failed') as failed,
          sum(c.tokens_in)::bigint as tokens_in, sum(c.tokens_out)::bigint as tokens_out,
          sum(c.tokens_cached)::bigint as tokens_cached, coalesce(sum(c.cost_micros), 0)::bigint as cost_micros,
          count(*) filter (where c.cost_micros is null and c.tokens_in + c.tokens_out > 0) as unpriced
        from usage_calls c
        where ${within(scope)}
        group by 1
      ) s
      ${by === 'agent' ? sql`left join agents a on a.id::text = s.key` : empty}
      order by ${by === 'day' ? sql`s.key` : sql`s.tokens_in + s.tokens_out desc, s.key`}
      limit ${mostRows}
    `,
  );
}

export const Call = z.object({
  id: z.uuid(),
  at: z.date(),
  accountId: z.uuid().nullable(),
  agentId: z.uuid().nullable(),
  agentName: z.string().nullable(),
  purpose: z.enum(purposes),
  provider: z.string(),
  model: z.string(),
  state: z.enum(callStates),
  tokensIn: z.number(),
  tokensOut: z.number(),
  tokensCached: z.number(),
  tokensCacheWritten: z.number(),
  estimated: z.boolean(),
  costMicros: z.number().nullable(),
  currency: z.string().nullable(),
});
export type Call = z.infer<typeof Call>;

/** A batch of calls, the newest first. */
export function listCalls(
  db: TenantDatabase,
  scope: Scope,
  { before, limit }: { before: Call | undefined; limit: number },
): Promise<Call[]> {
  return db.many(
    Call,
    sql`
      select c.id, c.at, c.account_id, c.agent_id, a.name as agent_name, c.purpose, c.provider, c.model, c.state,
        c.tokens_in, c.tokens_out, c.tokens_cached, c.tokens_cache_written, c.estimated, c.cost_micros, c.currency
      from usage_calls c
      left join agents a on a.id = c.agent_id
      where ${within(scope)}
        ${before ? sql`and c.id < ${before.id}` : empty}
      order by c.id desc
      limit ${limit}
    `,
  );
}

const NameRow = z.object({ id: z.uuid(), name: z.string() });

/** Names of accounts that are there, members or not. */
export async function listNames(shared: Database, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await shared.many(
    NameRow,
    sql`select id, name from shared.accounts where id = any (${[...ids]}::uuid[])`,
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}

const WorkspaceRow = z.object({ id: z.string(), slug: z.string(), name: z.string(), loginShard: z.number() });

/** Every workspace that people use. */
export function listWorkspaces(shared: Database) {
  return shared.many(
    WorkspaceRow,
    sql`select id, slug, name, login_shard from shared.tenants where status = 'active' order by id`,
  );
}
