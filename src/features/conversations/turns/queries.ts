import type { TenantDatabase } from '../../../database/database.js';
import { type Sql, sql } from '../../../database/sql.js';
import type { Owned } from '../conversation.js';
import { interrupted, type Outcome, type Status } from '../thread/message.js';

/** A running answer that was not heard of for so long has lost its process. */
const lease = sql`now() + interval '20 seconds'`;

/** The event of an act, written for each row of `from`: see eventOf in tenancy/events.ts. */
export type Audited = (from: Sql) => Sql;

export interface NewTurn {
  readonly audited: Audited;
  readonly answerId: string;
  /** Absent when an answer is asked for again. */
  readonly question?: { readonly id: string; readonly text: string };
  /** The answer that the new one takes the place of. */
  readonly replaces?: string;
  /** For the first question of a conversation. */
  readonly begins?: { readonly agentId: string; readonly title: string };
}

/**
 * Question, running answer and audit event in one statement, so that one flight is the whole act.
 * Zero, and no event, when the conversation is not this account's, or is gone.
 */
export async function insertTurn(db: TenantDatabase, conversation: Owned, turn: NewTurn): Promise<number> {
  const { question, answerId, replaces, audited } = turn;
  const asked = question
    ? sql`
        , asked as (
          insert into messages (id, conversation_id, author, body, status, completed_at)
          select ${question.id}, owner.id, 'member', ${db.seal('messages.body', question.id, question.text)}, 'complete', now()
          from owner
        )`
    : sql``;
  const gone = replaces
    ? sql`, gone as (delete from messages m using owner where m.id = ${replaces} and m.conversation_id = owner.id)`
    : sql``;
  return db.run(sql`
    with owner as (${ownerOf(db, conversation, turn)})
    ${asked}
    ${gone}
    , audited as (${audited(sql`owner`)})
    insert into messages (id, conversation_id, author, body, status, lease_until)
    select ${answerId}, owner.id, 'agent', ${db.seal('messages.body', answerId, '')}, 'running', ${lease}
    from owner
  `);
}

function ownerOf(db: TenantDatabase, { accountId, id }: Owned, { begins }: NewTurn): Sql {
  if (!begins) {
    return sql`update conversations set updated_at = now() where id = ${id} and account_id = ${accountId} returning id`;
  }
  return sql`
    insert into conversations (id, account_id, agent_id, title)
    values (${id}, ${accountId}, ${begins.agentId}, ${db.seal('conversations.title', id, begins.title)})
    returning id
  `;
}

const ownedBy = ({ accountId, id }: Owned): Sql =>
  sql`conversation_id = (select c.id from conversations c where c.id = ${id} and c.account_id = ${accountId})`;

export async function markInterrupted(db: TenantDatabase, conversation: Owned): Promise<void> {
  await db.run(sql`
    update messages
    set status = 'failed', failure = ${interrupted}, completed_at = now()
    where ${ownedBy(conversation)}
      and status = 'running'
      and lease_until < now()
  `);
}

interface Place {
  readonly conversationId: string;
  readonly accountId: string;
  readonly messageId: string;
}

const running = ({ messageId, conversationId: id, accountId }: Place): Sql =>
  sql`id = ${messageId} and status = 'running' and ${ownedBy({ accountId, id })}`;

/** Keeps what there is and renews the lease. Zero when the answer is no longer this process's. */
export async function saveProgress(db: TenantDatabase, place: Place, text: string): Promise<number> {
  const body = db.seal('messages.body', place.messageId, text);
  return db.run(sql`update messages set body = ${body}, lease_until = ${lease} where ${running(place)}`);
}

export interface ToolCallRow {
  readonly audited: Audited;
  readonly id: string;
  readonly ordinal: number;
  readonly tool: string;
  readonly arguments: string;
  readonly result: string;
  readonly outcome: Outcome;
  readonly durationMs: number;
}

/** The call and its audit event in one statement. Throws when the answer is gone: then nobody may use what it found. */
export async function insertToolCall(db: TenantDatabase, place: Place, call: ToolCallRow): Promise<void> {
  const inserted = await db.run(sql`
    with answering as (select m.id from messages m where m.${running(place)}),
    audited as (${call.audited(sql`answering`)})
    insert into tool_calls (id, message_id, ordinal, tool, arguments, result, outcome, duration_ms)
    select ${call.id}, answering.id, ${call.ordinal}, ${call.tool}, ${db.seal('tool_calls.arguments', call.id, call.arguments)},
      ${db.seal('tool_calls.result', call.id, call.result)}, ${call.outcome}, ${call.durationMs}
    from answering
  `);
  if (inserted === 0) throw new Error('The answer that this tool call belongs to is gone');
}

export interface Ending {
  readonly audited: Audited;
  readonly text: string;
  readonly status: Exclude<Status, 'running'>;
  readonly failure: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly citations: readonly { number: number; documentId: string; chunkId: string; title: string }[];
  readonly tags: readonly Buffer[];
}

/** The end of a turn with its audit event, in one statement. Zero, and no event, when the answer is no longer this process's. */
export async function finishAnswer(db: TenantDatabase, place: Place, ending: Ending): Promise<number> {
  const { messageId } = place;
  const { citations } = ending;
  const titles = citations.map(({ number, title }) => db.seal('citations.title', `${messageId}|${number}`, title));
  return db.run(sql`
    with finished as (
      update messages
      set body = ${db.seal('messages.body', messageId, ending.text)}, status = ${ending.status}, failure = ${ending.failure},
        provider = ${ending.provider}, model = ${ending.model}, input_tokens = ${ending.inputTokens},
        output_tokens = ${ending.outputTokens}, completed_at = now(), lease_until = null
      where ${running(place)}
      returning id, conversation_id
    ), cited as (
      insert into citations (message_id, number, document_id, chunk_id, title)
      select finished.id, given.number, given.document_id, given.chunk_id, given.title
      from finished, unnest(
        ${citations.map(({ number }) => number)}::integer[],
        ${citations.map(({ documentId }) => documentId)}::uuid[],
        ${citations.map(({ chunkId }) => chunkId)}::uuid[],
        ${titles}::bytea[]
      ) as given (number, document_id, chunk_id, title)
    ), audited as (${ending.audited(sql`finished`)})
    update conversations c
    set updated_at = now(),
      search_tags = array(select distinct tag from unnest(c.search_tags || ${[...ending.tags]}::bytea[]) as tag)
    from finished
    where c.id = finished.conversation_id
  `);
}
