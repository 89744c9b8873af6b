import { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';

const Authenticator = z.object({
  sealedSecret: z.instanceof(Buffer),
  createdAt: z.date(),
  confirmedAt: z.date().nullable(),
  /** Seconds since 1970 by the database's clock: the one that judges. */
  now: z.number(),
});
export type Authenticator = z.infer<typeof Authenticator>;

export async function findAuthenticator(db: Database, accountId: string): Promise<Authenticator | undefined> {
  return db.one(
    Authenticator,
    sql`
      select sealed_secret, created_at, confirmed_at, extract(epoch from now())::float8 as now
      from shared.authenticators
      where account_id = ${accountId}
    `,
  );
}

/** Replaces one that was begun; a confirmed one stays, and then this answers false. */
export async function insertAuthenticator(db: Database, accountId: string, sealedSecret: Buffer): Promise<boolean> {
  const changed = await db.run(sql`
    insert into shared.authenticators as known (account_id, sealed_secret)
    values (${accountId}, ${sealedSecret})
    on conflict (account_id) do update set
      sealed_secret = excluded.sealed_secret,
      created_at = now(),
      last_step = 0
    where known.confirmed_at is null
  `);
  return changed > 0;
}

/** Confirms the app that has this secret, with the step of its first code. True for one caller only. */
export async function confirmAuthenticator(
  db: Database,
  accountId: string,
  { sealedSecret, step }: { readonly sealedSecret: Buffer; readonly step: number },
): Promise<boolean> {
  const changed = await db.run(sql`
    update shared.authenticators
    set confirmed_at = now(), last_step = ${step}
    where account_id = ${accountId}
      and confirmed_at is null
      and sealed_secret = ${sealedSecret}
  `);
  return changed > 0;
}

/** RFC 6238 §5.2: a step's code is taken once, and none of an earlier step after it. True for one caller only. */
export async function useStep(db: Database, accountId: string, step: number): Promise<boolean> {
  const changed = await db.run(sql`
    update shared.authenticators
    set last_step = ${step}
    where account_id = ${accountId}
      and confirmed_at is not null
      and last_step < ${step}
  `);
  return changed > 0;
}

export async function deleteAuthenticator(db: Database, accountId: string): Promise<boolean> {
  return (await db.run(sql`delete from shared.authenticators where account_id = ${accountId}`)) > 0;
}
