import { z } from 'zod';
import type { Database, TenantDatabase } from '../../../database/database.js';
import { behind, type Part } from '../../../database/part.js';
import { sql } from '../../../database/sql.js';
import type { Document } from '../../knowledge/document.js';
import { columns, DocumentRow, opened, type Reader, visibleTo } from '../../knowledge/queries.js';

const AccountFacts = z.object({ createdAt: z.date(), hasPassword: z.boolean() });

export async function findFacts(db: Database, accountId: string) {
  return db.one(
    AccountFacts,
    sql`
      select created_at, password_hash is not null as has_password
      from shared.accounts
      where id = ${accountId}
    `,
  );
}

const MembershipOf = z.object({ tenantId: z.string(), role: z.string(), joinedAt: z.date() });

export async function listJoined(db: Database, accountId: string) {
  return db.many(
    MembershipOf,
    sql`select tenant_id, role, joined_at from shared.memberships where account_id = ${accountId}`,
  );
}

const Used = { createdAt: z.date(), lastUsedAt: z.date().nullable() };
const PasskeyOf = z.object({ name: z.string(), signsIn: z.boolean(), backedUp: z.boolean(), ...Used });
const LoginOf = z.object({ provider: z.string(), label: z.string(), ...Used });
const AuthenticatorOf = z.object({ createdAt: z.date(), confirmedAt: z.date().nullable() });
const CodesOf = z.object({ left: z.number(), used: z.number() });
const DeviceOf = z.object({ firstSeenAt: z.date(), lastSeenAt: z.date(), trustedUntil: z.date().nullable() });

/** By what the account is opened, without what would open it. */
export async function readFactors(db: Database, accountId: string) {
  const of = sql`where account_id = ${accountId}`;
  const [passkeys, logins, authenticators, codes, browsers] = await Promise.all([
    db.many(
      PasskeyOf,
      sql`select name, signs_in, backed_up, created_at, last_used_at from shared.passkeys ${of} order by created_at`,
    ),
    db.many(LoginOf, sql`select provider, label, created_at, last_used_at from shared.logins ${of} order by provider`),
    db.many(AuthenticatorOf, sql`select created_at, confirmed_at from shared.authenticators ${of}`),
    db.one(
      CodesOf,
      sql`
        select count(*) filter (where used_at is null) as left, count(used_at) as used
        from shared.recovery_codes ${of}
      `,
    ),
    db.many(
      DeviceOf,
      sql`select first_seen_at, last_seen_at, trusted_until from shared.devices ${of} order by first_seen_at`,
    ),
  ]);
  return { passkeys, logins, authenticators, recoveryCodes: codes ?? { left: 0, used: 0 }, browsers };
}

/** What this person added and may read now, oldest first. */
export async function listAddedBy(
  db: TenantDatabase,
  reader: Reader,
  { accountId, after, limit }: Part & { accountId: string },
): Promise<Document[]> {
  const rows = await db.many(
    DocumentRow,
    sql`
      select ${columns}
      from documents
      where created_by = ${accountId}
        and ${visibleTo(reader)}
        and ${behind(sql`id`, after)}
      order by id
      limit ${limit}
    `,
  );
  return rows.map((row) => opened(db, row));
}

const Kept = z.object({ slug: z.string(), name: z.string(), others: z.number() });
export type Kept = z.infer<typeof Kept>;

/** The workspaces whose only owner this is, with how many other members they have. */
export async function listOwnedAlone(db: Database, accountId: string): Promise<Kept[]> {
  return db.many(
    Kept,
    sql`
      select t.slug, t.name,
        (select count(*) from shared.memberships o where o.tenant_id = t.id and o.account_id <> m.account_id) as others
      from shared.memberships m
      join shared.tenants t on t.id = m.tenant_id
      where m.account_id = ${accountId}
        and m.role = 'owner'
        and t.status = 'active'
        and not exists (
          select from shared.memberships o
          where o.tenant_id = t.id and o.role = 'owner' and o.account_id <> m.account_id
        )
      order by lower(t.name), t.id
    `,
  );
}

/** With its events, factors and links. Zero while it is a member anywhere: a membership ends with an event. */
export async function deleteAccountRow(db: Database, accountId: string): Promise<number> {
  return db.run(sql`
    delete from shared.accounts a
    where a.id = ${accountId}
      and not exists (
        select from shared.memberships m
        join shared.tenants t on t.id = m.tenant_id
        where m.account_id = a.id and t.status = 'active'
      )
  `);
}
