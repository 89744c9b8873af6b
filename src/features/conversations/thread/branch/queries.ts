import { z } from 'zod';
import type { TenantDatabase } from '../../../../database/database.js';
import { type Sql, sql } from '../../../../database/sql.js';
import { toolNamed } from '../../../../llm/tool.js';
import type { Owned } from '../../conversation.js';
import { endOf } from '../../turns/branch/queries.js';
import { type Message, MessageRow } from '../message.js';
import { messageColumns, owned, withDetails } from '../queries.js';

/** A message and what stands beside it: other ways in which the question was put, or the answer given. */
export interface BranchMessage extends Message {
  /** All of them with this one among them, oldest first. */
  readonly siblings: readonly string[];
}

export interface BranchPage {
  /** A message of the branch to show; without it, the branch that was last gone on with. */
  readonly through?: string | undefined;
  /** Only what comes before this one, in its branch. */
  readonly before?: string | undefined;
  readonly limit: number;
}

const Row = MessageRow.extend({ siblings: z.array(z.uuid()) });

/** The newest messages of one branch, oldest first. */
export async function listBranch(db: TenantDatabase, conversation: Owned, page: BranchPage): Promise<BranchMessage[]> {
  const rows = await db.many(
    Row,
    sql`
      with recursive path as (
        select m.id, m.parent_id, 1 as depth
        from messages m
        where ${owned(conversation)}
          and m.id = (${startOf(conversation, page)})
        union all
        select m.id, m.parent_id, path.depth + 1
        from path
        join messages m on m.id = path.parent_id
        where path.depth < ${page.limit}
      )
      select ${messageColumns},
        case
          when m.parent_id is null then array(
            select s.id
            from messages s
            where s.conversation_id = m.conversation_id and s.parent_id is null
            order by s.created_at, s.id
          )
          else array(select s.id from messages s where s.parent_id = m.parent_id order by s.created_at, s.id)
        end as siblings
      from path
      join messages m on m.id = path.id
      order by path.depth desc
    `,
  );
  const siblings = new Map(rows.map((row) => [row.id, row.siblings]));
  const messages = await withDetails(
    db,
    rows.map(({ siblings: _, ...row }) => row),
  );
  return messages.map((message) => ({ ...message, siblings: siblings.get(message.id) ?? [message.id] }));
}

function startOf({ id }: Owned, { through, before }: BranchPage): Sql {
  if (before) return sql`select p.parent_id from messages p where p.id = ${before} and p.conversation_id = ${id}`;
  if (through) return sql`select e.id from conversations c, lateral (${endOf(through)}) e where c.id = ${id}`;
  return sql`
    select n.id from messages n where n.conversation_id = ${id} order by n.created_at desc, n.id desc limit 1
  `;
}

const ActRow = z.object({ id: z.uuid(), tool: z.string(), arguments: z.instanceof(Buffer), outcome: z.string() });

/** What an answer changed or sent, or may have. Call with the id of a message that was read for its owner. */
export async function listActs(db: TenantDatabase, messageId: string): Promise<string[]> {
  const rows = await db.many(
    ActRow,
    sql`
      select id, tool, arguments, outcome
      from tool_calls
      where message_id = ${messageId}
        and outcome in ('done', 'unknown')
      order by ordinal
    `,
  );
  return rows
    .filter(({ tool }) => toolNamed(tool)?.effect !== 'reads')
    .map((row) => {
      const given = db.openText('tool_calls.arguments', row.id, row.arguments);
      return JSON.stringify({ tool: row.tool, outcome: row.outcome, arguments: given.slice(0, 2000) });
    });
}
