import type { TenantDatabase } from '../../../database/database.js';
import { behind, type Part } from '../../../database/part.js';
import { sql } from '../../../database/sql.js';
import { clock } from '../counting/queries.js';
import { Call } from '../queries.js';
import { monthsKept } from '../usage.js';

const OwnCall = Call.omit({ accountId: true, agentName: true, tokensCached: true, tokensCacheWritten: true });

/** The calls on one person's account, oldest first. */
export function listCallsOf(db: TenantDatabase, { accountId, after, limit }: Part & { readonly accountId: string }) {
  return db.many(
    OwnCall,
    sql`
      select c.id, c.at, c.agent_id, c.purpose, c.provider, c.model, c.state, c.tokens_in, c.tokens_out, c.estimated,
        c.cost_micros, c.currency
      from usage_calls c
      where c.account_id = ${accountId} and ${behind(sql`c.id`, after)}
      order by c.id
      limit ${limit}
    `,
  );
}

/** Of an account that is deleted: the sums of the workspace stay as they were, and nobody's name stands beside them. */
export async function takeAccountAway(db: TenantDatabase, accountId: string): Promise<void> {
  await db.run(sql`update usage_calls set account_id = null where account_id = ${accountId}`);
  await db.run(sql`delete from usage_totals where holder = ${accountId}`);
  await db.run(sql`delete from usage_limits where holder = ${accountId}`);
}

/** Of whole months only, so that a month that is shown is complete. Answers how many calls. */
export async function deleteOldCalls(db: TenantDatabase): Promise<number> {
  const old = sql`month < (select clock.month - make_interval(months => ${monthsKept}) from (${clock}) clock)`;
  const calls = await db.run(sql`delete from usage_calls where ${old}`);
  await db.run(sql`delete from usage_totals where ${old}`);
  return calls;
}
