import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import { Passkey, type Purpose } from './passkey.js';

const columns = sql`
  id, account_id, credential_id, name, public_key, counter, transports, signs_in, backup_eligible, backed_up, created_at,
  last_used_at
`;

export async function listPasskeys(db: Database, accountId: string): Promise<Passkey[]> {
  return db.many(
    Passkey,
    sql`
      select ${columns}
      from shared.passkeys
      where account_id = ${accountId}
      order by created_at, id
    `,
  );
}

export async function findPasskey(db: Database, accountId: string, id: string): Promise<Passkey | undefined> {
  return db.one(Passkey, sql`select ${columns} from shared.passkeys where id = ${id} and account_id = ${accountId}`);
}

export async function findPasskeyByCredential(db: Database, credentialId: Buffer): Promise<Passkey | undefined> {
  return db.one(Passkey, sql`select ${columns} from shared.passkeys where credential_id = ${credentialId}`);
}

/** A known credential comes back as a Conflict. */
export async function insertPasskey(db: Database, row: Omit<Passkey, 'createdAt' | 'lastUsedAt'>): Promise<void> {
  await db.run(sql`
    insert into shared.passkeys
      (id, account_id, credential_id, name, public_key, counter, transports, signs_in, backup_eligible, backed_up)
    values (
      ${row.id}, ${row.accountId}, ${row.credentialId}, ${row.name}, ${row.publicKey}, ${row.counter}, ${row.transports},
      ${row.signsIn}, ${row.backupEligible}, ${row.backedUp}
    )
  `);
}

/**
 * Notes a use, if the counter went up or the authenticator has none (WebAuthn Level 3, 6.1.1). Answers whether it did:
 * of two uses with the same count only one is noted, however close together they come.
 */
export async function markPasskeyUsed(
  db: Database,
  id: string,
  use: { readonly counter: number; readonly backedUp: boolean; readonly signedIn: boolean },
): Promise<boolean> {
  const changed = await db.run(sql`
    update shared.passkeys
    set
      counter = ${use.counter},
      backed_up = ${use.backedUp},
      signs_in = signs_in or ${use.signedIn},
      last_used_at = now()
    where id = ${id}
      and (counter < ${use.counter} or (counter = 0 and ${use.counter}::bigint = 0))
  `);
  return changed > 0;
}

export async function renamePasskey(db: Database, accountId: string, id: string, name: string): Promise<number> {
  return db.run(sql`update shared.passkeys set name = ${name} where id = ${id} and account_id = ${accountId}`);
}

/** All of an account. Answers how many. */
export async function deletePasskeys(db: Database, accountId: string): Promise<number> {
  return db.run(sql`delete from shared.passkeys where account_id = ${accountId}`);
}

export async function deletePasskey(db: Database, accountId: string, id: string): Promise<number> {
  return db.run(sql`delete from shared.passkeys where id = ${id} and account_id = ${accountId}`);
}

/** What was asked, by whom. Without an account somebody wants to sign in. */
export interface Ceremony {
  readonly purpose: Purpose;
  readonly accountId: string | null;
  readonly browserHash: Buffer;
}

export async function insertPasskeyChallenge(
  db: Database,
  challengeHash: Buffer,
  { purpose, accountId, browserHash, seconds }: Ceremony & { readonly seconds: number },
): Promise<void> {
  await db.run(sql`
    insert into shared.passkey_challenges (challenge_hash, purpose, account_id, browser_hash, expires_at)
    values (${challengeHash}, ${purpose}, ${accountId}, ${browserHash}, now() + make_interval(secs => ${seconds}))
  `);
}

/** True for one caller only. A challenge of another browser, purpose or account stays for those it was made for. */
export async function takePasskeyChallenge(
  db: Database,
  challengeHash: Buffer,
  { purpose, accountId, browserHash }: Ceremony,
): Promise<boolean> {
  const taken = await db.run(sql`
    delete from shared.passkey_challenges
    where challenge_hash = ${challengeHash}
      and purpose = ${purpose}
      and account_id is not distinct from ${accountId}
      and browser_hash = ${browserHash}
      and expires_at > now()
  `);
  return taken > 0;
}

export async function deleteExpiredPasskeyChallenges(db: Database): Promise<number> {
  return db.run(sql`delete from shared.passkey_challenges where expires_at < now()`);
}
