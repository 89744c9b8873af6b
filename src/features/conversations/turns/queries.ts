import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { empty, type Sql, sql } from '../../../database/sql.js';
import { knowledgeScopes } from '../../agents/agent.js';
import type { Owned } from '../conversation.js';
import type { PastMessage, TurnAgent } from '../gateway/turn.js';
import { authors } from '../thread/message.js';

/** A running answer that was not heard of for so long has lost its process. */
export const lease = sql`now() + interval '20 seconds'`;

const mostPast = 60;

const StartRow = z.object({
  agentId: z.uuid(),
  name: z.string(),
  role: z.string(),
  instructions: z.instanceof(Buffer),
  model: z.string().nullable(),
  tools: z.array(z.string()),
  knowledge: z.enum(knowledgeScopes),
  documents: z.array(z.uuid()),
  archived: z.boolean(),
  workspaceInstructions: z.instanceof(Buffer).nullable(),
  title: z.instanceof(Buffer).nullable(),
  ids: z.array(z.uuid()).nullable(),
  wrote: z.array(z.enum(authors)).nullable(),
  bodies: z.array(z.instanceof(Buffer)).nullable(),
  running: z.uuid().nullable(),
  abandoned: z.boolean().nullable(),
  begun: z.boolean(),
});

/** What a turn starts from, as it was just before it. */
export interface Start {
  /** False when nothing was written: the rest says why. */
  readonly begun: boolean;
  readonly agent: TurnAgent;
  readonly archived: boolean;
  readonly workspaceInstructions: string;
  readonly title: string;
  /** Oldest first. */
  readonly past: readonly (PastMessage & { readonly id: string })[];
  /** The answer that is being written now, or was when its process ended. */
  readonly running: { readonly id: string; readonly abandoned: boolean } | undefined;
}

/** The event of an act, written for each row of `from`: see eventOf in tenancy/events.ts. */
export type Audited = (from: Sql) => Sql;

export interface NewTurn {
  readonly answerId: string;
  /** Absent when an answer is asked for again. */
  readonly question?: { readonly id: string; readonly text: string; readonly author?: 'member' | 'system' };
  /** The answer that the new one takes the place of: the newest message, or nothing is begun. */
  readonly replaces?: string;
  /** For the first question of a conversation. */
  readonly begins?: { readonly agentId: string; readonly title: string };
  /** Left out by tests that need a conversation and no story around it. */
  readonly audited?: Audited;
}

/**
 * Everything that a turn needs to know, and, if nothing speaks against it, question, answer to come and audit event: one
 * statement, because each round trip is waited for before the first word. Undefined when there is no such conversation
 * of this account, or no such agent.
 */
export async function insertTurn(db: TenantDatabase, conversation: Owned, turn: NewTurn): Promise<Start | undefined> {
  const { question, answerId, replaces, audited, begins } = turn;
  const asked = question
    ? sql`, asked as (
        insert into messages (id, conversation_id, author, body, status, completed_at)
        select ${question.id}, owner.id, ${question.author ?? 'member'}, ${db.seal('messages.body', question.id, question.text)}, 'complete', now()
        from owner
      )`
    : empty;
  const gone = replaces
    ? sql`, gone as (delete from messages m using owner where m.id = ${replaces} and m.conversation_id = owner.id)`
    : empty;
  const row = await db.one(
    StartRow,
    sql`
      with start as materialized (${begins ? ofAgent(begins.agentId) : ofConversation(conversation)}),
      owner as (${ownerOf(db, conversation, turn)})
      ${asked}
      ${gone}
      ${audited ? sql`, audited as (${audited(sql`owner`)})` : empty}
      , begun as (
        insert into messages (id, conversation_id, author, body, status, lease_until)
        select ${answerId}, owner.id, 'agent', ${db.seal('messages.body', answerId, '')}, 'running', ${lease}
        from owner
        returning id
      )
      select start.*, exists (select from begun) as begun
      from start
    `,
  );
  return row && opened(db, conversation.id, row);
}

/** The conversation, made or taken, when it can be asked in; no row otherwise. */
function ownerOf(db: TenantDatabase, { accountId, id }: Owned, { begins, replaces }: NewTurn): Sql {
  if (begins) {
    return sql`
      insert into conversations (id, account_id, agent_id, title)
      select ${id}, ${accountId}, start.agent_id, ${db.seal('conversations.title', id, begins.title)}
      from start
      where not start.archived
      returning id
    `;
  }
  const last = sql`cardinality(start.ids)`;
  const isNewest = replaces
    ? sql`and start.ids[${last}] = ${replaces} and start.wrote[${last}] = 'agent' and start.wrote[${last} - 1] <> 'agent'
        and not exists (
          select from decisions d where d.message_id = ${replaces} and d.status in ('waiting', 'approved', 'running')
        )`
    : empty;
  return sql`
    update conversations c
    set updated_at = now()
    from start
    where c.id = ${id}
      and c.account_id = ${accountId}
      and not start.archived
      and start.running is null
      ${isNewest}
    returning c.id
  `;
}

const agentColumns = sql`
  a.id as agent_id, a.name, a.role, a.instructions, a.model, a.tools, a.knowledge, a.archived_at is not null as archived,
  array(select d.document_id from agent_documents d where d.agent_id = a.id) as documents,
  (select s.instructions from settings s where s.id = 'workspace') as workspace_instructions
`;

function ofAgent(agentId: string): Sql {
  return sql`
    select ${agentColumns}, null::bytea as title, null::uuid[] as ids, null::text[] as wrote, null::bytea[] as bodies,
      null::uuid as running, false as abandoned
    from agents a
    where a.id = ${agentId}
  `;
}

function ofConversation({ accountId, id }: Owned): Sql {
  return sql`
    select ${agentColumns}, c.title, p.ids, p.wrote, p.bodies, r.id as running, r.lease_until < now() as abandoned
    from conversations c
    join agents a on a.id = c.agent_id
    left join messages r on r.conversation_id = c.id and r.status = 'running'
    left join lateral (
      select array_agg(m.id order by m.created_at, m.id) as ids,
        array_agg(m.author order by m.created_at, m.id) as wrote,
        array_agg(m.body order by m.created_at, m.id) as bodies
      from (
        select id, author, body, created_at
        from messages
        where conversation_id = c.id
        order by created_at desc, id desc
        limit ${mostPast}
      ) m
    ) p on true
    where c.id = ${id}
      and c.account_id = ${accountId}
  `;
}

function opened(db: TenantDatabase, conversationId: string, row: z.infer<typeof StartRow>): Start {
  const { agentId, name, role, model, tools, knowledge, documents, archived, running, begun } = row;
  const instructions = db.openText('agents.instructions', agentId, row.instructions);
  const scope = knowledge === 'chosen' ? documents : knowledge;
  return {
    begun,
    archived,
    agent: { id: agentId, name, role, instructions, model, tools, knowledge: scope },
    workspaceInstructions: row.workspaceInstructions
      ? db.openText('settings.instructions', 'workspace', row.workspaceInstructions)
      : '',
    title: row.title ? db.openText('conversations.title', conversationId, row.title) : '',
    past: (row.ids ?? []).map((id, index) => ({
      id,
      author: row.wrote?.[index] ?? 'member',
      text: db.openText('messages.body', id, row.bodies?.[index] ?? Buffer.alloc(0)),
    })),
    running: running ? { id: running, abandoned: row.abandoned ?? false } : undefined,
  };
}

/** Questions of this calendar month (UTC), by the audit: deleting a conversation gives none back. */
export async function countAsked(db: TenantDatabase): Promise<number> {
  const row = await db.one(
    z.object({ count: z.number() }),
    sql`
      select count(*)
      from audit_events
      where at >= date_trunc('month', now() at time zone 'UTC') at time zone 'UTC'
        and event in ('conversation.asked', 'conversation.retried')
    `,
  );
  return row?.count ?? 0;
}
