import { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';

const Hash = z.object({ codeHash: z.string() });
const Count = z.object({ left: z.coerce.number(), made: z.coerce.number() });
export type CodeCount = z.infer<typeof Count>;

/** How many there are, and how many of them are unused. */
export async function countRecoveryCodes(db: Database, accountId: string): Promise<CodeCount> {
  const row = await db.one(
    Count,
    sql`
      select count(*) filter (where used_at is null) as left, count(*) as made
      from shared.recovery_codes
      where account_id = ${accountId}
    `,
  );
  return row ?? { left: 0, made: 0 };
}

export async function findRecoveryHash(db: Database, accountId: string, label: string): Promise<string | undefined> {
  const row = await db.one(
    Hash,
    sql`
      select code_hash
      from shared.recovery_codes
      where account_id = ${accountId}
        and label = ${label}
        and used_at is null
    `,
  );
  return row?.codeHash;
}

/** True for one caller only. */
export async function markRecoveryCodeUsed(db: Database, accountId: string, label: string): Promise<boolean> {
  const used = await db.run(sql`
    update shared.recovery_codes
    set used_at = now()
    where account_id = ${accountId}
      and label = ${label}
      and used_at is null
  `);
  return used > 0;
}

export async function deleteRecoveryCodes(db: Database, accountId: string): Promise<number> {
  return db.run(sql`delete from shared.recovery_codes where account_id = ${accountId}`);
}

export async function insertRecoveryCode(
  db: Database,
  accountId: string,
  { label, codeHash }: { readonly label: string; readonly codeHash: string },
): Promise<void> {
  await db.run(sql`
    insert into shared.recovery_codes (account_id, label, code_hash)
    values (${accountId}, ${label}, ${codeHash})
  `);
}
