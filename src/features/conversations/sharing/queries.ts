import { z } from 'zod';
import type { Database, TenantDatabase } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import { NotFound } from '../../../errors.js';
import { type Reader as DocumentReader, visibleTo } from '../../knowledge/queries.js';
import type { Owned } from '../conversation.js';

const Reader = z.object({ accountId: z.uuid(), accountName: z.string(), createdAt: z.date() });
/** Somebody who may read a conversation beside its owner. */
export type Reader = z.infer<typeof Reader>;

export async function listReaders(db: TenantDatabase, { accountId, id }: Owned): Promise<Reader[]> {
  return db.many(
    Reader,
    sql`
      select s.account_id, s.account_name, s.created_at
      from conversation_shares s
      join conversations c on c.id = s.conversation_id
      where c.id = ${id}
        and c.account_id = ${accountId}
      order by lower(s.account_name), s.account_id
    `,
  );
}

interface NewReader {
  readonly accountId: string;
  readonly accountName: string;
  readonly ownerName: string;
}

/** Zero when the conversation is not theirs to share, or is shared with this person already. */
export async function insertReader(db: TenantDatabase, { accountId, id }: Owned, reader: NewReader): Promise<number> {
  return db.run(sql`
    insert into conversation_shares (conversation_id, account_id, account_name, owner_name)
    select c.id, ${reader.accountId}, ${reader.accountName}, ${reader.ownerName}
    from conversations c
    where c.id = ${id}
      and c.account_id = ${accountId}
    on conflict do nothing
  `);
}

export async function deleteReader(db: TenantDatabase, { accountId, id }: Owned, readerId: string): Promise<number> {
  return db.run(sql`
    delete from conversation_shares s
    using conversations c
    where c.id = s.conversation_id
      and c.id = ${id}
      and c.account_id = ${accountId}
      and s.account_id = ${readerId}
  `);
}

const SharedRow = z.object({
  id: z.uuid(),
  title: z.instanceof(Buffer),
  ownerId: z.uuid(),
  ownerName: z.string(),
  agentName: z.string(),
  updatedAt: z.date(),
});

export interface SharedConversation extends Omit<z.infer<typeof SharedRow>, 'title'> {
  readonly title: string;
}

/** Who reads, and since when they are in the workspace: what was shared with them before they left does not count. */
export interface Membership {
  readonly accountId: string;
  readonly joinedAt: Date;
}

const given = ({ accountId, joinedAt }: Membership) => sql`s.account_id = ${accountId} and s.created_at >= ${joinedAt}`;

const columns = sql`c.id, c.title, c.account_id as owner_id, s.owner_name, a.name as agent_name, c.updated_at`;

function opened(db: TenantDatabase, row: z.infer<typeof SharedRow>): SharedConversation {
  return { ...row, title: db.openText('conversations.title', row.id, row.title) };
}

/** Newest first. */
export async function listSharedWith(db: TenantDatabase, reader: Membership, limit: number) {
  const rows = await db.many(
    SharedRow,
    sql`
      select ${columns}
      from conversation_shares s
      join conversations c on c.id = s.conversation_id
      join agents a on a.id = c.agent_id
      where ${given(reader)}
      order by s.created_at desc
      limit ${limit}
    `,
  );
  return rows.map((row) => opened(db, row));
}

/** Its owner may see it as readers do. */
export async function getShared(db: TenantDatabase, reader: Membership, id: string): Promise<SharedConversation> {
  const row = await db.one(
    SharedRow,
    sql`
      select c.id, c.title, c.account_id as owner_id, coalesce(s.owner_name, '') as owner_name, a.name as agent_name,
        c.updated_at
      from conversations c
      join agents a on a.id = c.agent_id
      left join conversation_shares s on s.conversation_id = c.id and ${given(reader)}
      where c.id = ${id}
        and (c.account_id = ${reader.accountId} or s.account_id is not null)
    `,
  );
  if (!row) throw new NotFound('There is nothing at this address.');
  return opened(db, row);
}

/** Which of these documents the reader may open. */
export async function listReadable(
  db: TenantDatabase,
  reader: DocumentReader,
  ids: readonly string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db.many(
    z.object({ id: z.uuid() }),
    sql`select id from documents where id = any (${[...ids]}::uuid[]) and ${visibleTo(reader)}`,
  );
  return new Set(rows.map(({ id }) => id));
}

export async function getMembership(db: Database, tenantId: string, accountId: string): Promise<Membership> {
  const row = await db.one(
    z.object({ accountId: z.uuid(), joinedAt: z.date() }),
    sql`
      select account_id, joined_at
      from shared.memberships
      where tenant_id = ${tenantId}
        and account_id = ${accountId}
    `,
  );
  if (!row) throw new NotFound('There is nothing at this address.');
  return row;
}

const Person = z.object({ accountId: z.uuid(), name: z.string(), username: z.string() });

/** Members by name; with a username, that one. */
export async function listPeople(db: Database, tenantId: string, username: string | undefined, limit: number) {
  return db.many(
    Person,
    sql`
      select a.id as account_id, a.name, a.username
      from shared.memberships m
      join shared.accounts a on a.id = m.account_id
      where m.tenant_id = ${tenantId}
        and (${username ?? null}::text is null or lower(a.username) = lower(${username ?? null}))
      order by lower(a.name), a.id
      limit ${limit}
    `,
  );
}
