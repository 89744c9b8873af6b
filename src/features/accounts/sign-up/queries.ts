import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import { linkMinutes, Signup } from './signup.js';

const columns = sql`id, email, username, password_hash, workspace_name`;

interface NewSignup extends Signup {
  readonly tokenHash: Buffer;
}

export async function insertSignup(db: Database, signup: NewSignup): Promise<void> {
  const { id, email, username, passwordHash, workspaceName, tokenHash } = signup;
  await db.run(sql`
    insert into shared.signups (id, email, username, password_hash, workspace_name, token_hash, expires_at)
    values (
      ${id}, ${email}, ${username}, ${passwordHash}, ${workspaceName}, ${tokenHash},
      now() + make_interval(mins => ${linkMinutes})
    )
  `);
}

/** Also one whose link has run out: it is kept for a day, so that another link can be sent. */
export async function findSignup(db: Database, id: string): Promise<Signup | undefined> {
  return db.one(Signup, sql`select ${columns} from shared.signups where id = ${id}`);
}

export async function findSignupByEmail(db: Database, email: string): Promise<Signup | undefined> {
  return db.one(
    Signup,
    sql`
      select ${columns}
      from shared.signups
      where email = ${email}
      order by created_at desc
      limit 1
    `,
  );
}

/** By the database's clock. */
export async function findSignupByToken(db: Database, tokenHash: Buffer): Promise<Signup | undefined> {
  return db.one(
    Signup,
    sql`select ${columns} from shared.signups where token_hash = ${tokenHash} and expires_at > now()`,
  );
}

/** A new link for the same sign-up; the older one is dead. */
export async function renewSignup(db: Database, id: string, tokenHash: Buffer): Promise<void> {
  await db.run(sql`
    update shared.signups
    set token_hash = ${tokenHash}, expires_at = now() + make_interval(mins => ${linkMinutes})
    where id = ${id}
  `);
}

export async function renameSignup(db: Database, id: string, username: string): Promise<void> {
  await db.run(sql`update shared.signups set username = ${username} where id = ${id}`);
}

/** Answers how many there were: of many that confirm at once, only the one that gets 1 goes on. */
export async function deleteSignup(db: Database, id: string): Promise<number> {
  return db.run(sql`delete from shared.signups where id = ${id}`);
}

/** What this address, or this browser before it, had pending. */
export async function deleteSignupsBefore(db: Database, email: string, previousId: string | undefined): Promise<void> {
  await db.run(sql`delete from shared.signups where email = ${email} or id = ${previousId ?? null}`);
}

export async function deleteExpiredSignups(db: Database): Promise<number> {
  return db.run(sql`delete from shared.signups where expires_at < now() - interval '1 day'`);
}
