import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { empty, type Sql, sql } from '../../../database/sql.js';
import { effects, toolNamed } from '../../../llm/tool.js';
import { callOf, parsed } from '../../decisions/call.js';
import type { Source } from '../../decisions/decision.js';
import type { Owned } from '../conversation.js';
import { saysSomething } from '../gateway/sources.js';
import {
  type CitationShown,
  type DecisionShown,
  interrupted,
  type Message,
  MessageRow,
  outcomes,
  type ToolCallShown,
} from './message.js';

export const owned = ({ accountId, id }: Owned): Sql =>
  sql`m.conversation_id = (select c.id from conversations c where c.id = ${id} and c.account_id = ${accountId})`;

export const messageColumns = sql`
  m.id, m.author, m.body, m.status, m.failure, m.provider, m.model, m.input_tokens, m.output_tokens, m.created_at,
  m.status = 'running' and m.lease_until < now() as abandoned
`;

/** The newest of all branches, in the order in which they were written; `before` is the id of the oldest that is known already. */
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

export async function withDetails(db: TenantDatabase, rows: readonly z.infer<typeof MessageRow>[]): Promise<Message[]> {
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
  decisionId: z.uuid().nullable(),
  decisionVersion: z.number().nullable(),
  summary: z.instanceof(Buffer).nullable(),
  effect: z.enum(effects).nullable(),
  expiresAt: z.date().nullable(),
  approvedBy: z.array(z.string()).nullable(),
});

/** By message. Call with ids that were read for their owner only. */
async function listToolCalls(db: TenantDatabase, messageIds: readonly string[]): Promise<Map<string, ToolCallShown[]>> {
  if (messageIds.length === 0) return new Map();
  const rows = await db.many(
    ToolCallRow,
    sql`
      select t.id, t.message_id, t.tool, t.arguments, t.result, t.outcome, t.duration_ms, d.id as decision_id,
        d.version as decision_version, v.summary, d.effect, d.expires_at,
        array(
          select s.account_name
          from decision_steps s
          where s.decision_id = d.id and s.version = d.version and s.step = 'approved'
          order by s.created_at
        ) as approved_by
      from tool_calls t
      left join decisions d on d.tool_call_id = t.id
      left join decision_versions v on v.decision_id = d.id and v.version = d.version
      where t.message_id = any (${[...messageIds]}::uuid[])
      order by t.message_id, t.ordinal
    `,
  );
  return byMessage(rows, (row) => ({
    id: row.id,
    name: row.tool,
    arguments: db.openText('tool_calls.arguments', row.id, row.arguments),
    result: row.result && db.openText('tool_calls.result', row.id, row.result),
    outcome: row.outcome,
    durationMs: row.durationMs,
    decision: decisionOf(db, row),
  }));
}

function decisionOf(db: TenantDatabase, row: z.infer<typeof ToolCallRow>): DecisionShown | undefined {
  const { decisionId: id, decisionVersion, summary, effect, expiresAt, approvedBy } = row;
  if (!id || !summary || !effect || !expiresAt) return undefined;
  const text = db.openText('decision_versions.summary', `${id}|${decisionVersion}`, summary);
  return { id, summary: text, effect, expiresAt, approvedBy: approvedBy ?? [] };
}

const SourceRow = z.object({
  messageId: z.uuid(),
  number: z.number().nullable(),
  documentId: z.uuid().nullable(),
  title: z.instanceof(Buffer).nullable(),
  attached: z.boolean(),
  callId: z.uuid().nullable(),
  tool: z.string().nullable(),
  arguments: z.instanceof(Buffer).nullable(),
  result: z.instanceof(Buffer).nullable(),
});

/**
 * What answers of a conversation named or read, in all its branches: an agent still has it before its eyes. `except`: the
 * answer that is being written, whose own sources its turn knows.
 */
export async function listEarlierSources(db: TenantDatabase, id: string, except?: string): Promise<Source[]> {
  const rows = await db.many(
    SourceRow,
    sql`
      select distinct on (c.document_id) c.message_id, c.number, c.document_id, c.title, f.id is not null as attached,
        null as call_id, null as tool, null as arguments, null as result
      from citations c
      join messages m on m.id = c.message_id
      left join attachments f on f.id = c.document_id
      where m.conversation_id = ${id} and m.id is distinct from ${except ?? null}
      union all
      select t.message_id, null, null, null, false, t.id, t.tool, t.arguments, t.result
      from tool_calls t
      join messages m on m.id = t.message_id
      where m.conversation_id = ${id} and m.id is distinct from ${except ?? null} and t.outcome = 'done'
      limit 100
    `,
  );
  const found = rows.flatMap((row): Source[] => {
    const { messageId, number, documentId: id, callId, tool } = row;
    if (row.title && id) {
      const title = db.openText('citations.title', `${messageId}|${number}`, row.title);
      if (row.attached) return [{ kind: 'result', id, title: `“${title}”, attached here`, earlier: true }];
      return [{ kind: 'document', id, title, earlier: true }];
    }
    const given = callId && row.arguments ? db.openText('tool_calls.arguments', callId, row.arguments) : '';
    const came = callId && row.result ? db.openText('tool_calls.result', callId, row.result) : '';
    // What was too long was cut, and is no JSON any more.
    if (!saysSomething(parsed(came) ?? `of ${came.length} characters`, given)) return [];
    const name = callOf(tool ?? '', given)?.reads ?? toolNamed(tool ?? '')?.label ?? tool ?? '';
    return [{ kind: 'result', title: name, earlier: true }];
  });
  return (await beganByNote(db, id))
    ? [{ kind: 'result', title: 'The task that it was given', earlier: true }, ...found]
    : found;
}

/** Not by a question of its person: then others' words stand before the agent from the beginning. */
async function beganByNote(db: TenantDatabase, id: string): Promise<boolean> {
  const row = await db.one(
    z.object({ any: z.boolean() }),
    sql`
      select exists (
        select from messages where conversation_id = ${id} and author = 'system' and parent_id is null
      ) as any
    `,
  );
  return row?.any ?? false;
}

const CitationRow = z.object({
  messageId: z.uuid(),
  number: z.number(),
  documentId: z.uuid(),
  chunkId: z.uuid(),
  title: z.instanceof(Buffer),
  gone: z.boolean(),
  conversationId: z.uuid().nullable(),
});

async function listCitations(db: TenantDatabase, messageIds: readonly string[]): Promise<Map<string, CitationShown[]>> {
  if (messageIds.length === 0) return new Map();
  const rows = await db.many(
    CitationRow,
    sql`
      select c.message_id, c.number, c.document_id, c.chunk_id, c.title, d.id is null and f.id is null as gone,
        f.conversation_id
      from citations c
      left join documents d on d.id = c.document_id
      left join attachments f on f.id = c.document_id
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
