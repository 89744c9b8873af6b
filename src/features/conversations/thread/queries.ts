import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { empty, type Sql, sql } from '../../../database/sql.js';
import type { Owned } from '../conversation.js';
import { type CitationShown, interrupted, type Message, MessageRow, outcomes, type ToolCallShown } from './message.js';

const owned = ({ accountId, id }: Owned): Sql =>
  sql`m.conversation_id = (select c.id from conversations c where c.id = ${id} and c.account_id = ${accountId})`;

const messageColumns = sql`
  m.id, m.author, m.body, m.status, m.failure, m.provider, m.model, m.input_tokens, m.output_tokens, m.created_at,
  m.status = 'running' and m.lease_until < now() as abandoned
`;

/** The newest, in the order in which they were written; `before` is the id of the oldest that is known already. */
export async function listMessages(
  db: TenantDatabase,
  conversation: Owned,
  page: { before?: string | undefined; limit: number },
): Promise<Message[]> {
  const earlier = page.before
    ? sql`
        and (m.created_at, m.id) < (
          select p.created_at, p.id from messages p where p.id = ${page.before} and p.conversation_id = ${conversation.id}
        )`
    : empty;
  const rows = await db.many(
    MessageRow,
    sql`
      select ${messageColumns}
      from messages m
      where ${owned(conversation)}
        ${earlier}
      order by m.created_at desc, m.id desc
      limit ${page.limit}
    `,
  );
  return withDetails(db, rows.reverse());
}

export async function findMessage(db: TenantDatabase, conversation: Owned, id: string): Promise<Message | undefined> {
  const rows = await db.many(
    MessageRow,
    sql`select ${messageColumns} from messages m where m.id = ${id} and ${owned(conversation)}`,
  );
  return (await withDetails(db, rows))[0];
}

async function withDetails(db: TenantDatabase, rows: readonly z.infer<typeof MessageRow>[]): Promise<Message[]> {
  const answers = rows.filter(({ author }) => author === 'agent').map(({ id }) => id);
  const [calls, citations] = await Promise.all([listToolCalls(db, answers), listCitations(db, answers)]);
  return rows.map(({ body, abandoned, ...row }) => ({
    ...row,
    ...(abandoned ? { status: 'failed' as const, failure: interrupted } : {}),
    text: db.openText('messages.body', row.id, body),
    toolCalls: calls.get(row.id) ?? [],
    citations: citations.get(row.id) ?? [],
  }));
}

const ToolCallRow = z.object({
  id: z.uuid(),
  messageId: z.uuid(),
  tool: z.string(),
  arguments: z.instanceof(Buffer),
  result: z.instanceof(Buffer).nullable(),
  outcome: z.enum(outcomes),
  durationMs: z.number().nullable(),
});

/** By message. Call with ids that were read for their owner only. */
async function listToolCalls(db: TenantDatabase, messageIds: readonly string[]): Promise<Map<string, ToolCallShown[]>> {
  if (messageIds.length === 0) return new Map();
  const rows = await db.many(
    ToolCallRow,
    sql`
      select id, message_id, tool, arguments, result, outcome, duration_ms
      from tool_calls
      where message_id = any (${[...messageIds]}::uuid[])
      order by message_id, ordinal
    `,
  );
  return byMessage(rows, (row) => ({
    id: row.id,
    name: row.tool,
    arguments: db.openText('tool_calls.arguments', row.id, row.arguments),
    result: row.result && db.openText('tool_calls.result', row.id, row.result),
    outcome: row.outcome,
    durationMs: row.durationMs,
  }));
}

const CitationRow = z.object({
  messageId: z.uuid(),
  number: z.number(),
  documentId: z.uuid(),
  chunkId: z.uuid(),
  title: z.instanceof(Buffer),
  gone: z.boolean(),
});

async function listCitations(db: TenantDatabase, messageIds: readonly string[]): Promise<Map<string, CitationShown[]>> {
  if (messageIds.length === 0) return new Map();
  const rows = await db.many(
    CitationRow,
    sql`
      select c.message_id, c.number, c.document_id, c.chunk_id, c.title, d.id is null as gone
      from citations c
      left join documents d on d.id = c.document_id
      where c.message_id = any (${[...messageIds]}::uuid[])
      order by c.message_id, c.number
    `,
  );
  return byMessage(rows, ({ messageId, title, ...row }) => ({
    ...row,
    title: db.openText('citations.title', `${messageId}|${row.number}`, title),
  }));
}

function byMessage<Row extends { messageId: string }, Shown>(rows: readonly Row[], shown: (row: Row) => Shown) {
  const grouped = new Map<string, Shown[]>();
  for (const row of rows) {
    const list = grouped.get(row.messageId) ?? [];
    list.push(shown(row));
    grouped.set(row.messageId, list);
  }
  return grouped;
}
