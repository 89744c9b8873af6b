import { raw } from 'sql-template-tag';
import { z } from 'zod';
import { isPostgresError } from './failure.js';
import { tenantRole } from './roles.js';
import { eachInItsOwnFlight, type TenantScope } from './scope.js';
import { sql } from './sql.js';

const insufficientPrivilege = '42501';
const Row = z.object({ seen: z.coerce.number() });

/**
 * Tries, from within one tenant's scope, what an injected query would try: to read a table of another one. Answers
 * whether it was refused for lack of rights; undefined when there is no such table (it proves nothing then).
 */
export async function refusesCrossing(from: TenantScope, other: string, table: string): Promise<boolean | undefined> {
  const foreign = raw(`${tenantRole(other)}.${table}`);
  try {
    await eachInItsOwnFlight(from).one(Row, sql`select count(*) as seen from ${foreign}`);
    return false;
  } catch (error) {
    const code = codeIn(error);
    if (code === insufficientPrivilege) return true;
    if (code === '42P01' || code === '3F000') return undefined;
    throw error;
  }
}

function codeIn(error: unknown): string | undefined {
  if (isPostgresError(error)) return error.code;
  return error instanceof Error && error.cause ? codeIn(error.cause) : undefined;
}
