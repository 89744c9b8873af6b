import { z } from 'zod';
import type { TenantDatabase } from '../../../../database/database.js';
import { type Sql, sql } from '../../../../database/sql.js';
import { interrupted, statuses } from '../../thread/message.js';
import type { Audited } from '../queries.js';

const RunningRow = z.object({
  id: z.uuid(),
  conversationId: z.uuid(),
  body: z.instanceof(Buffer),
  questionId: z.uuid().nullable(),
  question: z.instanceof(Buffer).nullable(),
  over: z.boolean(),
});

export interface RunningAnswer {
  readonly conversationId: string;
  readonly text: string;
  readonly question: string;
  /** Nobody has renewed its lease in time. */
  readonly over: boolean;
}

/** Undefined when it has ended, or was deleted. */
export async function findRunning(db: TenantDatabase, messageId: string): Promise<RunningAnswer | undefined> {
  const row = await db.one(
    RunningRow,
    sql`
      select m.id, m.conversation_id, m.body, q.id as question_id, q.body as question,
        m.lease_until < clock_timestamp() as over
      from messages m
      left join messages q on q.id = m.parent_id
      where m.id = ${messageId}
        and m.status = 'running'
    `,
  );
  if (!row) return undefined;
  const { conversationId, id, body, questionId, question, over } = row;
  return {
    conversationId,
    over,
    text: db.openText('messages.body', id, body),
    question: questionId && question ? db.openText('messages.body', questionId, question) : '',
  };
}

/** With its audit event and its words for the search, in one statement. Nothing when somebody still writes it. */
export async function markInterrupted(
  db: TenantDatabase,
  messageId: string,
  { tags, audited }: { tags: readonly Buffer[]; audited: Audited },
): Promise<number> {
  return db.run(sql`
    with gone as (
      update messages
      set status = 'failed', failure = ${interrupted}, completed_at = now(), attempt = null, lease_until = null
      where id = ${messageId}
        and status = 'running'
        and lease_until < clock_timestamp()
      returning id, conversation_id
    ), audited as (${audited(sql`gone`)})
    update conversations c
    set search_tags = array(select distinct tag from unnest(c.search_tags || ${[...tags]}::bytea[]) as tag)
    from gone
    where c.id = gone.conversation_id
  `);
}

const KnownRow = z.object({
  id: z.uuid(),
  conversationId: z.uuid(),
  status: z.enum(statuses),
  body: z.instanceof(Buffer),
  failure: z.string().nullable(),
});

export interface KnownAnswer {
  readonly id: string;
  readonly conversationId: string;
  readonly status: z.infer<typeof KnownRow>['status'];
  readonly text: string;
  readonly failure: string | null;
}

/** An answer to a note of the system's, not to a person's question. Undefined when there is none with this id. */
export const findAnswerToNote = (db: TenantDatabase, messageId: string) => answerToNote(db, sql`m.id = ${messageId}`);

/** The newest of such answers in a conversation, whatever people asked beside it. */
export const findLastAnswerToNote = (db: TenantDatabase, conversationId: string) =>
  answerToNote(db, sql`m.conversation_id = ${conversationId}`);

async function answerToNote(db: TenantDatabase, where: Sql): Promise<KnownAnswer | undefined> {
  const row = await db.one(
    KnownRow,
    sql`
      select m.id, m.conversation_id, m.status, m.body, m.failure
      from messages m
      join messages q on q.id = m.parent_id and q.author = 'system'
      where ${where}
        and m.author = 'agent'
      order by m.created_at desc, m.id desc
      limit 1
    `,
  );
  if (!row) return undefined;
  const { body, ...rest } = row;
  return { ...rest, text: db.openText('messages.body', row.id, body) };
}
