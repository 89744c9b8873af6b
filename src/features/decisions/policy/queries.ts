import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import { defaultPolicy, Policy, rules } from './policy.js';

const PolicyRow = z.object({ policy: Policy });

export async function getPolicy(db: TenantDatabase): Promise<Policy> {
  const row = await db.one(PolicyRow, sql`select policy from decision_policies where id = 'workspace'`);
  return row?.policy ?? defaultPolicy;
}

const BothRow = z.object({
  policy: Policy.nullable(),
  agentRules: z.record(z.string(), z.enum(rules)),
  archived: z.boolean(),
  tools: z.array(z.string()),
});

/** The workspace's policy and an agent's own rules, as they are at this moment. Undefined when the agent is gone. */
export async function findPolicies(db: TenantDatabase, agentId: string) {
  const row = await db.one(
    BothRow,
    sql`
      select p.policy, a.policies as agent_rules, a.archived_at is not null as archived, a.tools
      from agents a
      left join decision_policies p on p.id = 'workspace'
      where a.id = ${agentId}
    `,
  );
  return row && { ...row, policy: row.policy ?? defaultPolicy };
}

export async function savePolicy(db: TenantDatabase, policy: Policy): Promise<void> {
  await db.run(sql`
    insert into decision_policies (id, policy)
    values ('workspace', ${JSON.stringify(policy)}::jsonb)
    on conflict (id) do update set policy = excluded.policy, updated_at = now()
  `);
}
