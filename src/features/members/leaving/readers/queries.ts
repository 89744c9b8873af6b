import { z } from 'zod';
import type { Database, TenantDatabase } from '../../../../database/database.js';
import { sql } from '../../../../database/sql.js';
import { isShared } from '../queries.js';

/** Who comes back is let read anew, so that what let them before is of no use to anybody. */
export async function deleteSharesWith(db: TenantDatabase, accountId: string): Promise<void> {
  await db.run(sql`delete from conversation_shares where account_id = ${accountId}`);
}

const IdRow = z.object({ accountId: z.uuid() });

/** Everybody with whom a conversation is shared. */
export async function listReaderIds(db: TenantDatabase): Promise<string[]> {
  const rows = await db.many(IdRow, sql`select distinct account_id from conversation_shares`);
  return rows.map(({ accountId }) => accountId);
}

export interface Joined {
  readonly accountId: string;
  readonly joinedAt: Date;
}

export function listJoined(shared: Database, tenantId: string, accountIds: readonly string[]): Promise<Joined[]> {
  return shared.many(
    IdRow.extend({ joinedAt: z.date() }),
    sql`
      select account_id, joined_at
      from shared.memberships
      where tenant_id = ${tenantId}
        and account_id = any (${[...accountIds]}::uuid[])
    `,
  );
}

/** Of these readers, what lets nobody read: they are no members, or are again and were not when it was shared. */
export async function deleteDeadShares(
  db: TenantDatabase,
  readers: readonly string[],
  members: readonly Joined[],
): Promise<void> {
  await db.run(sql`
    delete from conversation_shares s
    where s.account_id = any (${[...readers]}::uuid[])
      and not exists (
        select
        from unnest(
          ${members.map(({ accountId }) => accountId)}::uuid[], ${members.map(({ joinedAt }) => joinedAt)}::timestamptz[]
        ) as m (account_id, joined_at)
        where m.account_id = s.account_id and m.joined_at <= s.created_at
      )
  `);
}

/** Whose conversations nobody else can read, leaving out those for whom they wait. */
export async function listOwnersAlone(db: TenantDatabase): Promise<string[]> {
  const rows = await db.many(
    IdRow,
    sql`
      select distinct c.account_id
      from conversations c
      where not ${isShared}
        and not exists (select from departures d where d.account_id = c.account_id)
    `,
  );
  return rows.map(({ accountId }) => accountId);
}

/** Of each conversation that only this person can read beside its owner: whose it is. */
export async function listLastReadOwners(db: TenantDatabase, accountId: string): Promise<string[]> {
  const rows = await db.many(
    IdRow,
    sql`
      select c.account_id
      from conversation_shares s
      join conversations c on c.id = s.conversation_id
      where s.account_id = ${accountId}
        and not exists (
          select from conversation_shares o where o.conversation_id = c.id and o.account_id <> ${accountId}
        )
    `,
  );
  return rows.map((row) => row.accountId);
}

/** Answers how many. */
export function deleteConversationsOf(db: TenantDatabase, owners: readonly string[]): Promise<number> {
  return db.run(sql`
    delete from conversations c where c.account_id = any (${[...owners]}::uuid[]) and not ${isShared}
  `);
}
