import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { often } from '../../../database/prepared.js';
import { sql } from '../../../database/sql.js';
import type { CallOutcome, Counted } from '../../../llm/meter.js';
import { everybody, type Limit, type Purpose, Standing, workspaceHolder } from '../usage.js';

export interface NewCall {
  readonly id: string;
  /** Null: on the account of the workspace alone. */
  readonly accountId: string | null;
  /** Null for a document that is made searchable. */
  readonly agentId: string | null;
  readonly purpose: Purpose;
  readonly provider: string;
  readonly model: string;
  /** The most that it can come to. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Null when the model has no price. */
  readonly costMicros: number | null;
  readonly currency: string | null;
  /** What the operator lets this workspace use. */
  readonly operators: Limit;
}

const Opened = Standing.extend({
  /** Null when nothing was counted in this month yet: see insertTotals. */
  tokens: z.number().nullable(),
  costMicros: z.number().nullable(),
  month: z.string(),
  renewsAt: z.date(),
  opened: z.boolean(),
  fits: z.boolean(),
});
export type Opened = z.infer<typeof Opened>;

/** The first day of the month that it is now, by the workspace's clock. */
export const clock = sql`
  select zone, date_trunc('month', now() at time zone zone)::date as month
  from (select coalesce((select time_zone from settings where id = 'workspace'), 'UTC') as zone) known
`;

/**
 * Takes the most that the call can come to from what is left to the workspace and to the person, and writes the call down,
 * if it fits both; otherwise nothing is written. One statement: the two rows are locked in their order, and read as they
 * are then, so that calls at the same moment come one after the other. Answers where both stood before.
 */
export function openCall(db: TenantDatabase, call: NewCall): Promise<Opened[]> {
  const { accountId, inputTokens, outputTokens, costMicros, operators } = call;
  const tokens = inputTokens + outputTokens;
  return db.many(
    Opened,
    often(sql`
      with clock as materialized (${clock}),
      limits (holder, most_tokens, most_micros) as (
        select ${workspaceHolder}, least(l.tokens, ${operators.tokens}::bigint), least(l.cost_micros, ${operators.costMicros}::bigint)
        from clock
        left join usage_limits l on l.holder = ${workspaceHolder}
        union all
        select person.id, l.tokens, l.cost_micros
        from (select ${accountId}::text as id) person
        left join lateral (
          select tokens, cost_micros
          from usage_limits
          where holder in (person.id, ${everybody})
          order by holder = ${everybody}
          limit 1
        ) l on true
        where person.id is not null
      ), locked as materialized (
        select t.holder, t.tokens, t.cost_micros
        from usage_totals t
        join clock on clock.month = t.month
        where t.holder in (${workspaceHolder}, ${accountId})
        order by t.holder
        for update of t
      ), standing as materialized (
        select holder, t.tokens, t.cost_micros, l.most_tokens, l.most_micros,
          t.holder is not null
            and (l.most_tokens is null or t.tokens + ${tokens}::bigint <= l.most_tokens)
            and (l.most_micros is null or coalesce(t.cost_micros + ${costMicros}::bigint <= l.most_micros, false)) as fits
        from limits l
        left join locked t using (holder)
      ), free as materialized (
        select clock.month from clock where (select bool_and(fits) from standing)
      ), counted as (
        update usage_totals t
        set tokens = t.tokens + ${tokens}::bigint, cost_micros = t.cost_micros + coalesce(${costMicros}::bigint, 0)
        from free
        where t.month = free.month
          and t.holder in (${workspaceHolder}, ${accountId})
      ), written as (
        insert into usage_calls (
          id, month, account_id, agent_id, purpose, provider, model, state, tokens_in, tokens_out, estimated, cost_micros,
          currency
        )
        select ${call.id}, free.month, ${accountId}::uuid, ${call.agentId}::uuid, ${call.purpose}, ${call.provider}, ${call.model}, 'open',
          ${inputTokens}, ${outputTokens}, true, ${costMicros}::bigint, ${call.currency}
        from free
      )
      select standing.holder, standing.tokens, standing.cost_micros, standing.most_tokens, standing.most_micros,
        standing.fits, exists (select from free) as opened, clock.month::text as month,
        (clock.month + interval '1 month') at time zone clock.zone as renews_at
      from standing, clock
      order by standing.holder = ${workspaceHolder}
    `),
  );
}

/** The first call of a month, of the workspace or of a person. */
export async function insertTotals(db: TenantDatabase, accountId: string | null): Promise<void> {
  const holders = accountId === null ? [workspaceHolder] : [workspaceHolder, accountId];
  await db.run(sql`
    with clock as (${clock})
    insert into usage_totals (month, holder)
    select clock.month, holder
    from clock, unnest(${holders}::text[]) as holder
    on conflict do nothing
  `);
}

const Counting = z.object({
  holder: z.string(),
  month: z.string(),
  tokens: z.number(),
  costMicros: z.number(),
  warned: z.boolean(),
});

export interface Ended {
  readonly state: CallOutcome;
  readonly counted: Counted;
  readonly costMicros: number | null;
}

/** What the call came to in place of the most that it could. Nothing when that is done already. Answers the new totals. */
export function closeCall(db: TenantDatabase, id: string, { state, counted, costMicros }: Ended) {
  const { inputTokens, outputTokens, cachedTokens, cacheWrites, estimated } = counted;
  return db.many(
    Counting,
    often(sql`
      with before as materialized (
        select id, month, account_id::text as account, tokens_in + tokens_out as tokens, coalesce(cost_micros, 0) as micros
        from usage_calls
        where id = ${id}
          and state = 'open'
        for update
      ), ended as (
        update usage_calls c
        set state = ${state}, tokens_in = ${inputTokens}, tokens_out = ${outputTokens}, tokens_cached = ${cachedTokens},
          tokens_cache_written = ${cacheWrites}, estimated = ${estimated}, cost_micros = ${costMicros}::bigint
        from before
        where c.id = before.id
      ), locked as materialized (
        select t.month, t.holder
        from usage_totals t
        join before on before.month = t.month and t.holder in (${workspaceHolder}, before.account)
        order by t.holder
        for update of t
      )
      update usage_totals t
      set tokens = t.tokens + ${inputTokens + outputTokens}::bigint - before.tokens,
        cost_micros = t.cost_micros + coalesce(${costMicros}::bigint, 0) - before.micros
      from before, locked
      where t.month = locked.month
        and t.holder = locked.holder
      returning t.holder, t.month::text as month, t.tokens, t.cost_micros, t.warned_at is not null as warned
    `),
  );
}

/** Zero when somebody was told already. */
export function markWarned(db: TenantDatabase, { month, holder }: { month: string; holder: string }): Promise<number> {
  return db.run(sql`
    update usage_totals
    set warned_at = now()
    where month = ${month}::date
      and holder = ${holder}
      and warned_at is null
  `);
}
