import { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';

const Yes = z.object({ yes: z.boolean() });

/** Whether the account has a factor beside its first: a confirmed authenticator app, or a passkey. */
export async function hasSecondFactor(db: Database, accountId: string): Promise<boolean> {
  const row = await db.one(
    Yes,
    sql`
      select
        exists (select from shared.authenticators where account_id = ${accountId} and confirmed_at is not null)
        or exists (select from shared.passkeys where account_id = ${accountId}) as yes
    `,
  );
  return row?.yes ?? false;
}

export async function hasShortPassword(db: Database, accountId: string): Promise<boolean> {
  const row = await db.one(
    Yes,
    sql`
      select password_hash is not null and short_password as yes
      from shared.accounts
      where id = ${accountId}
    `,
  );
  return row?.yes ?? false;
}

export const challengeMinutes = 10;
export const triesPerChallenge = 5;

const Challenge = z.object({
  accountId: z.uuid(),
  method: z.string(),
  next: z.string(),
  /** The account's when the first step was taken. */
  sessionEpoch: z.number(),
});
export type Challenge = z.infer<typeof Challenge>;

/** A link's token together with the browser that it was given to: one without the other opens nothing. */
export interface ChallengePlace {
  readonly tokenHash: Buffer;
  readonly browserHash: Buffer;
}

export async function insertChallenge(db: Database, challenge: ChallengePlace & Challenge): Promise<void> {
  const { tokenHash, accountId, browserHash, method, next, sessionEpoch } = challenge;
  await db.run(sql`
    insert into shared.challenges (token_hash, account_id, browser_hash, method, next, session_epoch, expires_at)
    values (
      ${tokenHash}, ${accountId}, ${browserHash}, ${method}, ${next}, ${sessionEpoch},
      now() + make_interval(mins => ${challengeMinutes})
    )
  `);
}

export async function findChallenge(
  db: Database,
  { tokenHash, browserHash }: ChallengePlace,
): Promise<Challenge | undefined> {
  return db.one(
    Challenge,
    sql`
      select account_id, method, next, session_epoch
      from shared.challenges
      where token_hash = ${tokenHash}
        and browser_hash = ${browserHash}
        and passed_at is null
        and tries < ${triesPerChallenge}
        and expires_at > now()
    `,
  );
}

const Left = z.object({ triesLeft: z.number() });

/** Takes one of its tries before anything is looked at. Undefined when there is none left. */
export async function chargeChallenge(db: Database, { tokenHash, browserHash }: ChallengePlace) {
  return db.one(
    Left,
    sql`
      update shared.challenges
      set tries = tries + 1
      where token_hash = ${tokenHash}
        and browser_hash = ${browserHash}
        and passed_at is null
        and tries < ${triesPerChallenge}
        and expires_at > now()
      returning ${triesPerChallenge}::integer - tries as tries_left
    `,
  );
}

/** True for one caller only, however many show something right at once. */
export async function passChallenge(db: Database, tokenHash: Buffer): Promise<boolean> {
  const passed = await db.run(sql`
    update shared.challenges
    set passed_at = now()
    where token_hash = ${tokenHash}
      and passed_at is null
      and expires_at > now()
  `);
  return passed > 0;
}

export async function deleteOldChallenges(db: Database): Promise<number> {
  return db.run(sql`delete from shared.challenges where expires_at < now()`);
}

export async function isTrustedBrowser(db: Database, accountId: string, deviceHash: Buffer): Promise<boolean> {
  const row = await db.one(
    Yes,
    sql`
      select exists (
        select from shared.devices
        where account_id = ${accountId}
          and device_hash = ${deviceHash}
          and trusted_until > now()
      ) as yes
    `,
  );
  return row?.yes ?? false;
}

export const trustedDays = 30;

export async function trustBrowser(db: Database, accountId: string, deviceHash: Buffer): Promise<void> {
  await db.run(sql`
    update shared.devices
    set trusted_until = now() + make_interval(days => ${trustedDays})
    where account_id = ${accountId}
      and device_hash = ${deviceHash}
  `);
}

/** After any change of a password or a factor every browser shows the second factor again. */
export async function forgetTrustedBrowsers(db: Database, accountId: string): Promise<number> {
  return db.run(sql`
    update shared.devices
    set trusted_until = null
    where account_id = ${accountId}
      and trusted_until is not null
  `);
}
