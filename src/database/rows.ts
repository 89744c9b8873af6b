import pg from 'pg';
import type { z } from 'zod';

// count(*) and sums are bigint (oid 20); nothing here counts past 2^53.
pg.types.setTypeParser(20, Number);

const names = new Map<string, string>();

function camelCase(name: string): string {
  let known = names.get(name);
  if (!known) {
    known = name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    names.set(name, known);
  }
  return known;
}

/** Rows as the nouns know them: camelCase keys, null as undefined's sibling left to the schema. */
export function parseRows<Row>(schema: z.ZodType<Row>, rows: readonly Record<string, unknown>[]): Row[] {
  return rows.map((row) => {
    const named: Record<string, unknown> = {};
    for (const key of Object.keys(row)) named[camelCase(key)] = row[key];
    return schema.parse(named);
  });
}
