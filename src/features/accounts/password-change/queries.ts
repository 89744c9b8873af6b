import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';

/** A short one is good only beside a second factor. */
export async function updatePassword(
  db: Database,
  accountId: string,
  { passwordHash, short = false }: { readonly passwordHash: string; readonly short?: boolean },
): Promise<number> {
  return db.run(sql`
    update shared.accounts
    set password_hash = ${passwordHash}, short_password = ${short}
    where id = ${accountId}
  `);
}
