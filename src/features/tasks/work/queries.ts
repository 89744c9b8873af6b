import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { empty, type Sql, sql } from '../../../database/sql.js';
import { statuses } from '../../decisions/decision.js';
import { type State, states, type Work } from './work.js';

const Row = z.object({
  id: z.uuid(),
  taskId: z.uuid(),
  agentId: z.uuid(),
  agentName: z.string(),
  accountId: z.uuid(),
  accountName: z.string(),
  chain: z.array(z.uuid()),
  state: z.enum(states),
  reason: z.string().nullable(),
  conversationId: z.uuid().nullable(),
  messageId: z.uuid().nullable(),
  createdAt: z.date(),
  endedAt: z.date().nullable(),
});

function find(db: TenantDatabase, where: Sql, locking = empty): Promise<Work | undefined> {
  return db.one(
    Row,
    sql`
      select w.id, w.task_id, w.agent_id, a.name as agent_name, w.account_id, w.account_name, w.chain, w.state,
        w.reason, w.conversation_id, w.message_id, w.created_at, w.ended_at
      from task_works w
      join agents a on a.id = w.agent_id
      where ${where}
      order by w.id desc
      limit 1
      ${locking}
    `,
  );
}

export const findWork = (db: TenantDatabase, id: string) => find(db, sql`w.id = ${id}`);
export const lockWork = (db: TenantDatabase, id: string) => find(db, sql`w.id = ${id}`, sql`for update of w`);

/** The newest of a task, whatever became of it. */
export const findLastWork = (db: TenantDatabase, taskId: string) => find(db, sql`w.task_id = ${taskId}`);

/** Of an answer, or of the conversation that it is in. */
export const findWorkOf = (
  db: TenantDatabase,
  { messageId, conversationId }: { messageId: string; conversationId: string | undefined },
) => find(db, sql`w.message_id = ${messageId} or w.conversation_id = ${conversationId ?? null}::uuid`);

/** The work that waits for the one before it. */
export const findQueued = (db: TenantDatabase, taskId: string) =>
  find(db, sql`w.task_id = ${taskId} and w.state = 'queued'`);

export async function insertWork(
  db: TenantDatabase,
  given: Pick<Work, 'id' | 'taskId' | 'agentId' | 'accountId' | 'accountName' | 'chain'>,
): Promise<void> {
  await db.run(sql`
    insert into task_works (id, task_id, agent_id, account_id, account_name, chain)
    values (${given.id}, ${given.taskId}, ${given.agentId}, ${given.accountId}, ${given.accountName},
      ${[...given.chain]}::uuid[])
  `);
}

/** Zero when somebody else has, when it was stopped, or while another one of the same task is not over. */
export const markBegun = (db: TenantDatabase, id: string): Promise<number> =>
  db.run(sql`
    update task_works w
    set state = 'working', started_at = now()
    where w.id = ${id}
      and w.state = 'queued'
      and not exists (
        select from task_works o where o.task_id = w.task_id and o.state in ('working', 'asking')
      )
  `);

export const markPlaced = (
  db: TenantDatabase,
  id: string,
  { conversationId, messageId }: { conversationId: string; messageId: string },
): Promise<number> =>
  db.run(sql`
    update task_works set conversation_id = ${conversationId}, message_id = ${messageId} where id = ${id}
  `);

/** Between work and waiting for a person. Zero when it is that already, or over. */
export const markState = (
  db: TenantDatabase,
  id: string,
  { state, messageId }: { state: 'working' | 'asking'; messageId: string },
): Promise<number> =>
  db.run(sql`
    update task_works
    set state = ${state}, message_id = ${messageId}
    where id = ${id}
      and state in ('working', 'asking')
      and (state <> ${state} or message_id is distinct from ${messageId})
  `);

type Ended = Exclude<State, 'queued' | 'working' | 'asking'>;

/** Zero when it was over already. */
export const markEnded = (
  db: TenantDatabase,
  id: string,
  { state, reason = null }: { state: Ended; reason?: string | null },
): Promise<number> =>
  db.run(sql`
    update task_works
    set state = ${state}, reason = ${reason}, ended_at = now()
    where id = ${id}
      and state in ('queued', 'working', 'asking')
  `);

const AskedRow = z.object({ tool: z.string(), status: z.enum(statuses), open: z.boolean() });
export type Asked = z.infer<typeof AskedRow>;

/**
 * What a work asked people for, in its order; what its person asks beside it in the same conversation is none of it.
 * `open`: somebody is to decide, it is to run, or the agent is yet to be told of it and go on.
 */
export const listAsked = (db: TenantDatabase, { id, conversationId }: Pick<Work, 'id' | 'conversationId'>) =>
  db.many(
    AskedRow,
    sql`
      select tool, status,
        status in ('waiting', 'approved', 'running')
          or (status not in ('expired', 'withdrawn') and continued_at is null) as open
      from decisions
      where conversation_id = ${conversationId}
        and request_id = ${id}
      order by id
    `,
  );

const OpenRow = z.object({ id: z.uuid(), agentId: z.uuid(), conversationId: z.uuid().nullable() });

/** All that is not over, held until the transaction ends. */
export const lockOpenWorks = (db: TenantDatabase, taskId: string) =>
  db.many(
    OpenRow,
    sql`
      select id, agent_id, conversation_id
      from task_works
      where task_id = ${taskId}
        and state in ('queued', 'working', 'asking')
      order by id
      for update
    `,
  );
