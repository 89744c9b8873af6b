import type { Database } from '../../database/database.js';
import { providers } from './outside/provider.js';
import { countWaysIn, lockAccount } from './queries.js';

/** By what an account can be entered. Emailed codes are not counted: a workspace can forbid them. */
export interface WaysIn {
  readonly password: boolean;
  /** Of providers that are set up here: another one opens nothing. */
  readonly logins: number;
  /** Those that open without anything beside them. */
  readonly passkeys: number;
  readonly total: number;
}

/**
 * Inside a transaction the account stays locked until it ends, so that of two ways that are removed at once the second
 * sees that the first is gone: remove one only while `total` is above 1.
 */
export async function waysIn(db: Database, accountId: string): Promise<WaysIn> {
  await lockAccount(db, accountId);
  const names = providers().map(({ name }) => name);
  const { password, logins, passkeys } = await countWaysIn(db, accountId, names);
  return { password, logins, passkeys, total: Number(password) + logins + passkeys };
}
