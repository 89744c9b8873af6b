import { type Sql, sql } from './sql.js';

/** A part of a long list: after which id, how many. */
export interface Part {
  readonly after: string | undefined;
  readonly limit: number;
}

/** The rows behind an id, or all of them from the first. */
export const behind = (id: Sql, after: string | undefined): Sql =>
  sql`(${after ?? null}::uuid is null or ${id} > ${after ?? null}::uuid)`;
