import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { often } from '../../../database/prepared.js';
import { empty, type Sql, sql } from '../../../database/sql.js';
import { AgentSettings, knowledgeScopes } from '../../agents/agent.js';
import type { Owned } from '../conversation.js';
import type { PastMessage, TurnAgent } from '../gateway/turn.js';
import { authors } from '../thread/message.js';
import { anchorOf, pastOf } from './branch/queries.js';

/** A running answer that was not heard of for so long has lost its process. By the database's clock, and no other. */
export const lease = sql`clock_timestamp() + interval '20 seconds'`;

const StartRow = z.object({
  agentId: z.uuid(),
  name: z.string(),
  role: z.string(),
  instructions: z.instanceof(Buffer),
  model: z.string().nullable(),
  fallbacks: AgentSettings.shape.fallbacks,
  budget: AgentSettings.shape.budget,
  tools: z.array(z.string()),
  knowledge: z.enum(knowledgeScopes),
  documents: z.array(z.uuid()),
  archived: z.boolean(),
  workspaceInstructions: z.instanceof(Buffer).nullable(),
  title: z.instanceof(Buffer).nullable(),
  placed: z.boolean().nullable(),
  pending: z.boolean().nullable(),
  ids: z.array(z.uuid()).nullable(),
  wrote: z.array(z.enum(authors)).nullable(),
  bodies: z.array(z.instanceof(Buffer)).nullable(),
  fileIds: z.array(z.uuid()).nullable(),
  fileNames: z.array(z.instanceof(Buffer)).nullable(),
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
  /** False when the conversation has no such message to go on from. */
  readonly placed: boolean;
  /** The answer that is asked for again waits for a person. */
  readonly pending: boolean;
  readonly workspaceInstructions: string;
  readonly title: string;
  /** Of this branch, oldest first. */
  readonly past: readonly (PastMessage & { readonly id: string })[];
  readonly files: readonly { readonly id: string; readonly name: string }[];
  /** The answer that is being written now, or was when its process ended. */
  readonly running: { readonly id: string; readonly abandoned: boolean } | undefined;
}

/** The event of an act, written for each row of `from`: see eventOf in tenancy/events.ts. */
export type Audited = (from: Sql) => Sql;

/** Where a turn goes on; each names a message of the conversation. */
export type Place =
  /** After this one, or after the newest. */
  | { readonly after?: string | undefined }
  /** Beside this question, which was edited. */
  | { readonly edits: string }
  /** Beside this answer, which is asked for again. */
  | { readonly retries: string }
  /** At the end of the branch that this answer is in. */
  | { readonly below: string };

export interface NewTurn {
  readonly answerId: string;
  /** Whoever writes the answer names it each time; another one means that somebody else has taken it over. */
  readonly attempt: string;
  readonly place: Place;
  /** Absent when an answer is asked for again. */
  readonly question?: { readonly id: string; readonly text: string; readonly author?: 'member' | 'system' };
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
  const { question, answerId, audited, begins } = turn;
  const asked = question
    ? sql`, asked as (
        insert into messages (id, conversation_id, parent_id, author, body, status, completed_at)
        select ${question.id}, owner.id, start.leaf, ${question.author ?? 'member'}, ${db.seal('messages.body', question.id, question.text)}, 'complete', now()
        from owner, start
      )`
    : empty;
  const row = await db.one(
    StartRow,
    often(sql`
      with start as materialized (${begins ? ofAgent(begins.agentId) : ofConversation(conversation, turn.place)}),
      owner as (${ownerOf(db, conversation, turn)})
      ${asked}
      ${audited ? sql`, audited as (${audited(sql`owner`)})` : empty}
      , begun as (
        insert into messages (id, conversation_id, parent_id, author, body, status, attempt, lease_until)
        select ${answerId}, owner.id, ${question ? sql`${question.id}::uuid` : sql`start.leaf`}, 'agent', ${db.seal('messages.body', answerId, '')}, 'running',
          ${turn.attempt}, ${lease}
        from owner, start
        returning id
      ), watched as (${watched(sql`begun`)})
      select start.*, exists (select from begun) as begun, (select count(*) from watched) as watched
      from start
    `),
  );
  return row && opened(db, conversation.id, row);
}

/** So that somebody looks after the answer even when its process is gone: see recover.ts. */
function watched(from: Sql): Sql {
  return sql`
    select jobs.enqueue_tenant('conversations.recover', jsonb_build_object('messageId', id), 'recover ' || id,
      now() + interval '30 seconds')
    from ${from}
  `;
}

/** The conversation, made or taken, when it can be asked in; no row otherwise. */
function ownerOf(db: TenantDatabase, { accountId, id }: Owned, { begins }: NewTurn): Sql {
  if (begins) {
    return sql`
      insert into conversations (id, account_id, agent_id, title)
      select ${id}, ${accountId}, start.agent_id, ${db.seal('conversations.title', id, begins.title)}
      from start
      where not start.archived
      returning id
    `;
  }
  return sql`
    update conversations c
    set updated_at = now()
    from start
    where c.id = ${id}
      and c.account_id = ${accountId}
      and not start.archived
      and start.running is null
      and start.placed
      and not start.pending
    returning c.id
  `;
}

const agentColumns = sql`
  a.id as agent_id, a.name, a.role, a.instructions, a.model, a.fallbacks, a.budget, a.tools, a.knowledge, a.archived_at is not null as archived,
  array(select d.document_id from agent_documents d where d.agent_id = a.id) as documents,
  (select s.instructions from settings s where s.id = 'workspace') as workspace_instructions
`;

function ofAgent(agentId: string): Sql {
  return sql`
    select ${agentColumns}, null::bytea as title, null::uuid as leaf, true as placed, false as pending, null::uuid[] as ids, null::text[] as wrote, null::bytea[] as bodies,
      null::uuid[] as file_ids, null::bytea[] as file_names,
      null::uuid as running, false as abandoned
    from agents a
    where a.id = ${agentId}
  `;
}

function ofConversation({ accountId, id }: Owned, place: Place): Sql {
  return sql`
    select ${agentColumns}, c.title, place.leaf, place.placed, place.pending, p.ids, p.wrote, p.bodies, f.file_ids,
      f.file_names, r.id as running,
      r.lease_until < now() as abandoned
    from conversations c
    join agents a on a.id = c.agent_id
    left join messages r on r.conversation_id = c.id and r.status = 'running'
    left join lateral (${anchorOf(place)}) place on true
    left join lateral (${pastOf(sql`place.leaf`)}) p on true
    left join lateral (
      select array_agg(id order by created_at, id) as file_ids, array_agg(name order by created_at, id) as file_names
      from attachments
      where conversation_id = c.id
    ) f on true
    where c.id = ${id}
      and c.account_id = ${accountId}
  `;
}

function opened(db: TenantDatabase, conversationId: string, row: z.infer<typeof StartRow>): Start {
  const { agentId, name, role, model, fallbacks, budget, tools, knowledge, documents, archived, running, begun } = row;
  const instructions = db.openText('agents.instructions', agentId, row.instructions);
  const scope = knowledge === 'chosen' ? documents : knowledge;
  return {
    begun,
    archived,
    placed: row.placed ?? false,
    pending: row.pending ?? false,
    agent: { id: agentId, name, role, instructions, model, fallbacks, budget, tools, knowledge: scope },
    workspaceInstructions: row.workspaceInstructions
      ? db.openText('settings.instructions', 'workspace', row.workspaceInstructions)
      : '',
    title: row.title ? db.openText('conversations.title', conversationId, row.title) : '',
    past: (row.ids ?? []).map((id, index) => ({
      id,
      author: row.wrote?.[index] ?? 'member',
      text: db.openText('messages.body', id, row.bodies?.[index] ?? Buffer.alloc(0)),
    })),
    files: (row.fileIds ?? []).map((id, index) => ({
      id,
      name: db.openText('attachments.name', id, row.fileNames?.[index] ?? Buffer.alloc(0)),
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
        and event in ('conversation.asked', 'conversation.retried', 'agent.tried')
    `,
  );
  return row?.count ?? 0;
}
