import type { Sql } from 'sql-template-tag';
import type { z } from 'zod';

/**
 * What queries.ts functions take. Rows come back with camelCase keys, parsed by the given zod schema.
 * Every statement goes over the extended protocol, which refuses stacked statements.
 */
export interface Database {
  /** All rows. Throws ZodError when a row does not fit: the schema and the statement disagree. */
  many<Row>(row: z.ZodType<Row>, statement: Sql): Promise<Row[]>;
  /** The first row, or undefined when there is none. */
  one<Row>(row: z.ZodType<Row>, statement: Sql): Promise<Row | undefined>;
  /** Runs a statement and answers how many rows it touched. */
  run(statement: Sql): Promise<number>;
}

/** A place in a tenant's schema that holds sealed text: `table.column`. */
export type SealedPlace = `${string}.${string}`;

/** A tenant's data, reached only through tenancy/inTenant and readTenant. */
export interface TenantDatabase extends Database {
  readonly tenantId: string;
  /** Encrypts text or bytes for one column of one row; opens nowhere else. */
  seal(place: SealedPlace, rowId: string, content: string | Buffer): Buffer;
  /** Throws when the ciphertext was altered, or belongs to another tenant, column or row. */
  openText(place: SealedPlace, rowId: string, sealed: Buffer): string;
  openBytes(place: SealedPlace, rowId: string, sealed: Buffer): Buffer;
  /** A keyed, deterministic 6-byte tag of a lexeme (HMAC-SHA-256), so that the index holds no readable word. */
  blind(lexeme: string): Buffer;
}
