import { z } from 'zod';
import type { TenantDatabase } from '../../database/database.js';
import { empty, sql } from '../../database/sql.js';
import { NotFound } from '../../errors.js';
import type { Conversation, Owned } from './conversation.js';
import { matching } from './search/queries.js';
import { tagsOf } from './search-tags.js';

const ConversationRow = z.object({
  id: z.uuid(),
  title: z.instanceof(Buffer),
  agentId: z.uuid(),
  agentName: z.string(),
  agentArchived: z.boolean(),
  createdAt: z.date(),
  updatedAt: z.date(),
});
const conversationColumns = sql`
  c.id, c.title, c.agent_id, a.name as agent_name, a.archived_at is not null as agent_archived, c.created_at, c.updated_at
`;

function openedConversation(db: TenantDatabase, row: z.infer<typeof ConversationRow>): Conversation {
  return { ...row, title: db.openText('conversations.title', row.id, row.title) };
}

export interface ConversationFilter {
  /** For each word the tags of which one must be there (search-tags.ts). */
  readonly words: readonly Buffer[][];
  /** Only what was last used before this one. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** For calls about a conversation or what is in it (llm/target.ts): nobody but its owner sees them (IS-5). */
export const conversationRows = { from: sql`conversations c`, id: sql`c.id` };
export const ownersOnly = (accountId: string | undefined) => sql`c.account_id = ${accountId ?? null}::uuid`;

/** Whether it is of this workspace, whoever owns it: for jobs, which are told ids. */
export async function isHere(db: TenantDatabase, id: string): Promise<boolean> {
  return (await db.one(z.object({ id: z.uuid() }), sql`select id from conversations where id = ${id}`)) !== undefined;
}

/** Last used first. */
export async function listConversations(
  db: TenantDatabase,
  accountId: string,
  { words, before, limit }: ConversationFilter,
): Promise<Conversation[]> {
  const page = before
    ? sql`and (c.updated_at, c.id) < (select p.updated_at, p.id from conversations p where p.id = ${before} and p.account_id = ${accountId})`
    : empty;
  const rows = await db.many(
    ConversationRow,
    sql`
      select ${conversationColumns}
      from conversations c
      join agents a on a.id = c.agent_id
      ${words.length > 0 ? sql`join (${matching(accountId, { words, page, limit })}) found on found.id = c.id` : empty}
      where c.account_id = ${accountId}
        ${page}
      order by c.updated_at desc, c.id desc
      limit ${limit}
    `,
  );
  return rows.map((row) => openedConversation(db, row));
}

/** Not how many: counting takes the longer the more there are. */
export async function hasConversations(db: TenantDatabase, accountId: string): Promise<boolean> {
  const row = await db.one(
    z.object({ any: z.boolean() }),
    sql`select exists (select from conversations where account_id = ${accountId}) as any`,
  );
  return row?.any ?? false;
}

export async function getConversation(db: TenantDatabase, { accountId, id }: Owned): Promise<Conversation> {
  const row = await db.one(
    ConversationRow,
    sql`
      select ${conversationColumns}
      from conversations c
      join agents a on a.id = c.agent_id
      where c.id = ${id}
        and c.account_id = ${accountId}
    `,
  );
  if (!row) throw new NotFound('There is nothing at this address.');
  return openedConversation(db, row);
}

export async function renameConversation(
  db: TenantDatabase,
  { accountId, id }: Owned,
  named: { title: string; tags: readonly Buffer[] },
): Promise<number> {
  return db.run(sql`
    update conversations c
    set title = ${db.seal('conversations.title', id, named.title)},
      search_tags = array(select distinct tag from unnest(c.search_tags || ${[...named.tags]}::bytea[]) as tag)
    where c.id = ${id}
      and c.account_id = ${accountId}
  `);
}

/** Zero when there is no such agent in use. */
export async function insertConversation(
  db: TenantDatabase,
  { accountId, id }: Owned,
  { agentId, title }: { agentId: string; title: string },
): Promise<number> {
  return db.run(sql`
    insert into conversations (id, account_id, agent_id, title, search_tags)
    select ${id}, ${accountId}, a.id, ${db.seal('conversations.title', id, title)}, ${tagsOf(db, title)}::bytea[]
    from agents a
    where a.id = ${agentId}
      and a.archived_at is null
  `);
}

const DeletedRow = z.object({ messages: z.number() });

/** Messages, tool calls and citations go with the row. Answers how many messages there were, or undefined. */
export async function deleteConversation(db: TenantDatabase, { accountId, id }: Owned): Promise<number | undefined> {
  const row = await db.one(
    DeletedRow,
    sql`
      delete from conversations c
      where c.id = ${id}
        and c.account_id = ${accountId}
      returning (select count(*) from messages m where m.conversation_id = c.id) as messages
    `,
  );
  return row?.messages;
}
