import type { Database, TenantDatabase } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import { PolicyRow } from '../../../tenancy/queries.js';
import { openPolicy, type SignInPolicy } from '../../../tenancy/sign-in-policy.js';
import { Counts, Inside, Key, Unprotected } from './facts.js';

export function listUnprotected(db: Database, tenantId: string): Promise<Unprotected[]> {
  return db.many(
    Unprotected,
    sql`
      select a.id as account_id, a.name, m.role
      from shared.memberships m
      join shared.accounts a on a.id = m.account_id
      where m.tenant_id = ${tenantId}
        and not exists (select from shared.passkeys p where p.account_id = a.id)
        and not exists (select from shared.authenticators f where f.account_id = a.id and f.confirmed_at is not null)
      order by lower(a.name), a.id
    `,
  );
}

export async function countPeople(db: Database, tenantId: string): Promise<Counts> {
  const row = await db.one(
    Counts,
    sql`
      select
        (select count(*) from shared.memberships m where m.tenant_id = ${tenantId}) as members,
        (select count(*) from shared.memberships m where m.tenant_id = ${tenantId} and m.role = 'owner') as owners,
        count(*) filter (where i.expires_at > now()) as invitations,
        count(*) filter (where i.expires_at <= now()) as expired_invitations
      from shared.invitations i
      where i.tenant_id = ${tenantId}
        and i.accepted_at is null
        and i.revoked_at is null
    `,
  );
  return Counts.parse(row);
}

export async function countInside(db: TenantDatabase): Promise<Inside> {
  const row = await db.one(
    Inside,
    sql`
      select
        (select count(distinct conversation_id) from conversation_shares) as shared_conversations,
        (select count(*) from spaces where kind = 'private') as private_spaces,
        count(*) filter (where d.expires_at > now()) as waiting,
        count(*) filter (where d.created_at < now() - interval '1 day') as overdue
      from decisions d
      where d.status = 'waiting'
    `,
  );
  return Inside.parse(row);
}

/** What the workspace demands of sign-ins; the open policy where it demands nothing. */
export async function getSignInPolicy(db: Database, tenantId: string): Promise<SignInPolicy> {
  const row = await db.one(
    PolicyRow,
    sql`
      select second_factor_from, no_passwords_from, no_codes_from, remember_browsers, idle_minutes
      from shared.tenant_policies
      where tenant_id = ${tenantId}
    `,
  );
  return row ?? openPolicy;
}

/** Without the keys themselves, the newest first. */
export function listKeys(db: Database, tenantId: string): Promise<Key[]> {
  return db.many(
    Key,
    sql`
      select purpose, generation, created_at
      from shared.tenant_keys
      where tenant_id = ${tenantId}
      order by purpose, generation desc
    `,
  );
}
