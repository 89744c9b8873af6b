import type { TenantDatabase } from '../../../../database/database.js';
import { often } from '../../../../database/prepared.js';
import { empty, type Sql, sql } from '../../../../database/sql.js';
import type { Owned } from '../../conversation.js';
import type { Outcome, Status } from '../../thread/message.js';
import { type Audited, lease } from '../queries.js';

const ownedBy = ({ accountId, id }: Owned): Sql =>
  sql`conversation_id = (select c.id from conversations c where c.id = ${id} and c.account_id = ${accountId})`;

interface Place {
  readonly conversationId: string;
  readonly accountId: string;
  readonly messageId: string;
  readonly attempt: string;
}

/**
 * The fence: nothing of an answer is written, and nothing that its agent does, but by whoever holds it and whose lease is
 * not over. By the clock of the database at the moment of writing: a transaction may have begun long before it, in a
 * process that was stopped and woke up.
 */
const running = ({ messageId, conversationId: id, accountId, attempt }: Place): Sql =>
  sql`
    id = ${messageId} and status = 'running' and attempt = ${attempt} and lease_until > clock_timestamp()
      and ${ownedBy({ accountId, id })}
  `;

/** Keeps what there is and renews the lease. Zero when the answer is no longer this process's. */
export async function saveProgress(db: TenantDatabase, place: Place, text: string): Promise<number> {
  const body = db.seal('messages.body', place.messageId, text);
  return db.run(often(sql`update messages set body = ${body}, lease_until = ${lease} where ${running(place)}`));
}

export interface ToolCallRow {
  readonly audited: Audited;
  readonly id: string;
  readonly ordinal: number;
  readonly tool: string;
  readonly arguments: string;
  readonly result: string;
  readonly outcome: Outcome;
  readonly durationMs: number | null;
}

/** Held until the transaction ends: who would take the answer over waits, and then finds what was done. */
const held = (place: Place): Sql => sql`select id from messages where ${running(place)} for no key update`;

/** The call and its audit event in one statement. Throws when the answer is gone: then nobody may use what it found. */
export async function insertToolCall(db: TenantDatabase, place: Place, call: ToolCallRow): Promise<void> {
  const inserted = await db.run(
    often(sql`
    with answering as (${held(place)}),
    audited as (${call.audited(sql`answering`)})
    insert into tool_calls (id, message_id, ordinal, tool, arguments, result, outcome, duration_ms)
    select ${call.id}, answering.id, ${call.ordinal}, ${call.tool}, ${db.seal('tool_calls.arguments', call.id, call.arguments)},
      ${db.seal('tool_calls.result', call.id, call.result)}, ${call.outcome}, ${call.durationMs}
    from answering
  `),
  );
  if (inserted === 0) throw new Error('The answer that this tool call belongs to is gone');
}

type EndOfCall = Pick<ToolCallRow, 'result' | 'outcome' | 'durationMs'> & { audited?: Audited };

/** What became of a call that had waited. Zero when the call is gone. */
export function settleToolCall(db: TenantDatabase, id: string, ended: EndOfCall): Promise<number> {
  return settle(db, id, { ended, where: empty });
}

/** What became of a call that had begun, with its audit event. Zero when the answer is no longer this process's. */
export function settleOwnCall(db: TenantDatabase, place: Place, id: string, ended: EndOfCall): Promise<number> {
  return settle(db, id, { ended, where: sql`and message_id = (${held(place)})` });
}

async function settle(
  db: TenantDatabase,
  id: string,
  { ended, where }: { ended: EndOfCall; where: Sql },
): Promise<number> {
  const result = db.seal('tool_calls.result', id, ended.result);
  return db.run(sql`
    with settled as (
      update tool_calls
      set result = ${result}, outcome = ${ended.outcome}, duration_ms = ${ended.durationMs}
      where id = ${id}
        ${where}
      returning id
    )
    ${ended.audited ? sql`, audited as (${ended.audited(sql`settled`)})` : empty}
    select id from settled
  `);
}

/** The newest arguments of a call that a person changed before it ran. */
export async function changeArguments(db: TenantDatabase, id: string, text: string): Promise<void> {
  await db.run(sql`update tool_calls set arguments = ${db.seal('tool_calls.arguments', id, text)} where id = ${id}`);
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
  return db.run(
    often(sql`
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
  `),
  );
}
