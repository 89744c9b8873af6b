import { join, type Sql, sql } from '../../../database/sql.js';

/** So many of the newest are looked at one by one: whoever searches for a common word finds a page among them. */
const looked = 500;

interface Wanted {
  /** For each word the tags of which one must be there; at least one word. */
  readonly words: readonly Buffer[][];
  /** A further condition on `c`, the conversation. */
  readonly page: Sql;
  readonly limit: number;
}

/**
 * The ids of those of a person's conversations that have all words, last used first, as `id`. A walk from the newest on
 * ends soon for a common word and never for one that is nowhere; the index of words is the other way round. So a short
 * walk comes first, and what it does not answer the index does. That part has neither an order nor a limit of its own:
 * with them the planner would take the walk again.
 */
export function matching(accountId: string, { words, page, limit }: Wanted): Sql {
  const all = join(
    words.map((tags) => sql`c.search_tags && ${tags}::bytea[]`),
    ' and ',
  );
  return sql`
    with recent as materialized (
      select c.id, c.updated_at, c.search_tags
      from conversations c
      where c.account_id = ${accountId}
        ${page}
      order by c.updated_at desc, c.id desc
      limit ${looked}
    ), near as materialized (
      select c.id, c.updated_at from recent c where ${all} order by c.updated_at desc, c.id desc limit ${limit}
    ), far as materialized (
      select c.id, c.updated_at
      from conversations c
      where (select count(*) from near) < ${limit}
        and c.account_id = ${accountId}
        and ${all}
        ${page}
    )
    select id, updated_at from near
    union
    select id, updated_at from far
    order by updated_at desc, id desc
    limit ${limit}
  `;
}
