import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import { PolicyRow } from '../../../tenancy/queries.js';
import { openPolicy, type SignInPolicy } from '../../../tenancy/sign-in-policy.js';

/** Who saves one waits for the other: the workspace's row is the lock, because there may be no policy yet. */
export async function lockPolicy(db: Database, tenantId: string): Promise<SignInPolicy> {
  await db.run(sql`
    insert into shared.tenant_policies (tenant_id) values (${tenantId}) on conflict (tenant_id) do nothing
  `);
  const policy = await db.one(
    PolicyRow,
    sql`
      select second_factor_from, no_passwords_from, no_codes_from, remember_browsers, idle_minutes
      from shared.tenant_policies
      where tenant_id = ${tenantId}
      for update
    `,
  );
  return policy ?? openPolicy;
}

export async function savePolicy(db: Database, tenantId: string, policy: SignInPolicy): Promise<void> {
  await db.run(sql`
    update shared.tenant_policies
    set second_factor_from = ${policy.secondFactorFrom}, no_passwords_from = ${policy.noPasswordsFrom},
      no_codes_from = ${policy.noCodesFrom}, remember_browsers = ${policy.rememberBrowsers},
      idle_minutes = ${policy.idleMinutes}, updated_at = now()
    where tenant_id = ${tenantId}
  `);
}
