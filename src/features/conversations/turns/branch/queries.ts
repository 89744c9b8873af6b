import { type Sql, sql } from '../../../../database/sql.js';
import type { Place } from '../queries.js';

/** How much of a branch a turn starts from; the prompt takes what fits of it. */
const mostPast = 60;

/**
 * The message that a turn goes on from, as `leaf` (null: from the beginning). No row when there is no such message in
 * the conversation `c`; `pending` when people are being asked about what the answer wants to do.
 */
export function anchorOf(place: Place): Sql {
  const none = sql`true as placed, false as pending`;
  if ('edits' in place) {
    return sql`
      select m.parent_id as leaf, ${none}
      from messages m
      where m.id = ${place.edits} and m.conversation_id = c.id and m.author = 'member'
    `;
  }
  if ('retries' in place) {
    return sql`
      select m.parent_id as leaf, true as placed,
        exists (
          select from decisions d where d.message_id = m.id and d.status in ('waiting', 'approved', 'running')
        ) as pending
      from messages m
      where m.id = ${place.retries} and m.conversation_id = c.id and m.author = 'agent' and m.parent_id is not null
    `;
  }
  if ('below' in place) return sql`select coalesce((${endOf(place.below)}), (${newest})) as leaf, ${none}`;
  if (!place.after) return sql`select (${newest}) as leaf, ${none}`;
  return sql`
    select m.id as leaf, ${none} from messages m where m.id = ${place.after} and m.conversation_id = c.id
  `;
}

/** What was written last has nothing after it: it ends the branch that was last gone on with. */
const newest = sql`
  select n.id from messages n where n.conversation_id = c.id order by n.created_at desc, n.id desc limit 1
`;

/** The newest end among the branches that this message of the conversation `c` is in. */
export function endOf(messageId: string): Sql {
  return sql`
    with recursive below as (
      select m.id, m.created_at from messages m where m.id = ${messageId} and m.conversation_id = c.id
      union all
      select m.id, m.created_at from messages m join below b on m.parent_id = b.id
    )
    select id from below order by created_at desc, id desc limit 1
  `;
}

/** From a message back to the first, oldest first. */
export function pastOf(leaf: Sql): Sql {
  return sql`
    with recursive path as (
      select m.id, m.parent_id, m.author, m.body, 1 as depth
      from messages m
      where m.id = ${leaf}
      union all
      select m.id, m.parent_id, m.author, m.body, path.depth + 1
      from path
      join messages m on m.id = path.parent_id
      where path.depth < ${mostPast}
    )
    select array_agg(id order by depth desc) as ids, array_agg(author order by depth desc) as wrote,
      array_agg(body order by depth desc) as bodies
    from path
  `;
}
