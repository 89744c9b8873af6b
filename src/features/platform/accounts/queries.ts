import { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import { NotFound } from '../../../errors.js';
import { roles } from '../../../tenancy/permissions.js';

const Membership = z.object({ tenantId: z.string(), name: z.string(), slug: z.string(), role: z.enum(roles) });

const SupportedAccount = z.object({
  id: z.uuid(),
  name: z.string(),
  username: z.string(),
  email: z.string(),
  createdAt: z.date(),
  sessions: z.number(),
  passkeys: z.number(),
  hasAuthenticator: z.boolean(),
  hasPassword: z.boolean(),
});
export type SupportedAccount = z.infer<typeof SupportedAccount>;

/** What support needs to know of an account, and no secret of it. */
export async function getSupportedAccount(db: Database, id: string): Promise<SupportedAccount> {
  const account = await db.one(
    SupportedAccount,
    sql`
      select
        a.id, a.name, a.username, a.email, a.created_at, a.password_hash is not null as has_password,
        (select count(*) from shared.sessions s where s.account_id = a.id and s.expire > now()) as sessions,
        (select count(*) from shared.passkeys p where p.account_id = a.id) as passkeys,
        exists (
          select from shared.authenticators f where f.account_id = a.id and f.confirmed_at is not null
        ) as has_authenticator
      from shared.accounts a
      where a.id = ${id}
    `,
  );
  if (!account) throw new NotFound('There is no such account.');
  return account;
}

/** Where it belongs to, for the directory: names of workspaces and nothing of what is in them. */
export async function listWorkspacesOf(db: Database, accountId: string) {
  return db.many(
    Membership,
    sql`
      select t.id as tenant_id, t.name, t.slug, m.role
      from shared.memberships m
      join shared.tenants t on t.id = m.tenant_id
      where m.account_id = ${accountId}
      order by lower(t.name), t.id
    `,
  );
}

/** From now on nothing typed opens the account. */
export async function forgetPassword(db: Database, accountId: string): Promise<void> {
  await db.run(sql`
    update shared.accounts
    set password_hash = null, short_password = false
    where id = ${accountId}
  `);
}
