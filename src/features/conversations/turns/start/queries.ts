import { z } from 'zod';
import type { TenantDatabase } from '../../../../database/database.js';
import { sql } from '../../../../database/sql.js';
import { knowledgeScopes } from '../../../agents/agent.js';
import type { Owned } from '../../conversation.js';
import type { PastMessage, TurnAgent } from '../../gateway/turn.js';
import { authors } from '../../thread/message.js';

const mostPast = 60;

const AgentColumns = z.object({
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
});
const StartRow = AgentColumns.extend({
  title: z.instanceof(Buffer),
  ids: z.array(z.uuid()).nullable(),
  wrote: z.array(z.enum(authors)).nullable(),
  bodies: z.array(z.instanceof(Buffer)).nullable(),
  running: z.uuid().nullable(),
  abandoned: z.boolean().nullable(),
});

const agentColumns = sql`
  a.id as agent_id, a.name, a.role, a.instructions, a.model, a.tools, a.knowledge, a.archived_at is not null as archived,
  array(select d.document_id from agent_documents d where d.agent_id = a.id) as documents,
  (select s.instructions from settings s where s.id = 'workspace') as workspace_instructions
`;

export interface Asked {
  readonly agent: TurnAgent;
  readonly archived: boolean;
  readonly workspaceInstructions: string;
}

export interface Start extends Asked {
  readonly title: string;
  /** Oldest first. */
  readonly past: readonly (PastMessage & { readonly id: string })[];
  /** The answer that is being written now, or was when its process ended. */
  readonly running: { readonly id: string; readonly abandoned: boolean } | undefined;
}

function askedOf(db: TenantDatabase, row: z.infer<typeof AgentColumns>): Asked {
  const { agentId, name, role, model, tools, knowledge, documents, archived } = row;
  const instructions = db.openText('agents.instructions', agentId, row.instructions);
  return {
    agent: {
      id: agentId,
      name,
      role,
      instructions,
      model,
      tools,
      knowledge: knowledge === 'chosen' ? documents : knowledge,
    },
    archived,
    workspaceInstructions: row.workspaceInstructions
      ? db.openText('settings.instructions', 'workspace', row.workspaceInstructions)
      : '',
  };
}

/** Everything a turn needs to know, in one statement: each round trip is waited for before the first word. */
export async function findStart(db: TenantDatabase, { accountId, id }: Owned): Promise<Start | undefined> {
  const row = await db.one(
    StartRow,
    sql`
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
    `,
  );
  if (!row) return undefined;
  const { ids, wrote, bodies } = row;
  return {
    ...askedOf(db, row),
    title: db.openText('conversations.title', id, row.title),
    past: (ids ?? []).map((messageId, index) => ({
      id: messageId,
      author: wrote?.[index] ?? 'member',
      text: db.openText('messages.body', messageId, bodies?.[index] ?? Buffer.alloc(0)),
    })),
    running: row.running ? { id: row.running, abandoned: row.abandoned ?? false } : undefined,
  };
}

export async function findAsked(db: TenantDatabase, agentId: string): Promise<Asked | undefined> {
  const row = await db.one(AgentColumns, sql`select ${agentColumns} from agents a where a.id = ${agentId}`);
  return row && askedOf(db, row);
}
