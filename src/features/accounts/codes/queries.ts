import { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import { type CodePurpose, codeMinutes, triesPerCode } from './code.js';

export interface CodePlace {
  readonly browserHash: Buffer;
  readonly purpose: CodePurpose;
}

export interface AskedCode extends CodePlace {
  readonly id: string;
  readonly accountId: string | null;
  readonly subject: string;
  readonly device: string;
  readonly address: string;
}

/** A browser has one code for a purpose: a new one ends the old one, also under someone who asks twice at once. */
export async function insertCode(db: Database, code: AskedCode): Promise<void> {
  const { id, purpose, accountId, browserHash, subject, device, address } = code;
  await db.run(sql`
    insert into shared.one_time_codes
      (id, purpose, account_id, browser_hash, subject, device, address, expires_at)
    values (
      ${id}, ${purpose}, ${accountId}, ${browserHash}, ${subject}, ${device}, ${address},
      now() + make_interval(mins => ${codeMinutes})
    )
    on conflict (browser_hash, purpose) do update set
      id = excluded.id,
      account_id = excluded.account_id,
      subject = excluded.subject,
      code_hash = null,
      device = excluded.device,
      address = excluded.address,
      tries = 0,
      created_at = now(),
      expires_at = excluded.expires_at,
      used_at = null
  `);
}

const Issued = z.object({
  accountId: z.uuid(),
  purpose: z.enum(['sign-in', 'second-step', 'proof']),
  device: z.string(),
  address: z.string(),
});

/** Gives a code that was asked for its hash, once. Undefined for a decoy, a newer one's predecessor, a repeated job. */
export async function issueCode(db: Database, id: string, hash: Buffer): Promise<z.infer<typeof Issued> | undefined> {
  return db.one(
    Issued,
    sql`
      update shared.one_time_codes
      set code_hash = ${hash}
      where id = ${id}
        and account_id is not null
        and code_hash is null
        and expires_at > now()
      returning account_id, purpose, device, address
    `,
  );
}

const Known = z.object({ id: z.uuid(), accountId: z.uuid().nullable(), subject: z.string() });

export async function findCode(
  db: Database,
  { browserHash, purpose }: CodePlace,
): Promise<z.infer<typeof Known> | undefined> {
  return db.one(
    Known,
    sql`
      select id, account_id, subject
      from shared.one_time_codes
      where browser_hash = ${browserHash}
        and purpose = ${purpose}
        and used_at is null
        and tries < ${triesPerCode}
        and expires_at > now()
    `,
  );
}

const Tried = z.object({ isRight: z.boolean(), triesLeft: z.number() });

/**
 * One try, judged and used up by one statement: of any number at once, five are looked at and one can win. Undefined
 * when the code is used, guessed at too often or too old.
 */
export async function tryCode(db: Database, id: string, hash: Buffer): Promise<z.infer<typeof Tried> | undefined> {
  return db.one(
    Tried,
    sql`
      update shared.one_time_codes
      set
        tries = tries + 1,
        used_at = case when code_hash = ${hash} then now() end
      where id = ${id}
        and used_at is null
        and tries < ${triesPerCode}
        and expires_at > now()
      returning used_at is not null as is_right, ${triesPerCode}::integer - tries as tries_left
    `,
  );
}

export async function deleteOldCodes(db: Database): Promise<number> {
  return db.run(sql`delete from shared.one_time_codes where expires_at < now()`);
}
