import { z } from 'zod';
import type { Database } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import type { Tries } from './tries.js';

const Wait = z.object({ seconds: z.number() });
const Yes = z.object({ yes: z.boolean() });

/** Counts a failure, by the database's clock. Answers 0, or how many seconds this count still waits: then nothing was counted. */
export async function countTry(db: Database, { key, free, mostSeconds, forgetSeconds }: Tries): Promise<number> {
  const counted = await db.run(sql`
    insert into shared.sign_in_tries as known (key, failures, last_at, wait_until)
    values (${key}, 1, now(), '-infinity')
    on conflict (key) do update set
      failures = case when known.last_at < now() - make_interval(secs => ${forgetSeconds}) then 1 else known.failures + 1 end,
      last_at = now(),
      wait_until = case
        when known.last_at < now() - make_interval(secs => ${forgetSeconds}) or known.failures + 1 < ${free}::integer
          then '-infinity'
        else now() + make_interval(secs => least(${mostSeconds}::float8, 2 ^ least(known.failures + 1 - ${free}::integer, 30)))
      end
    where known.wait_until <= now()
  `);
  if (counted > 0) return 0;
  const left = await db.one(
    Wait,
    sql`
      select greatest(extract(epoch from wait_until - now()), 1)::float8 as seconds
      from shared.sign_in_tries
      where key = ${key}
    `,
  );
  return left?.seconds ?? 1;
}

/** Undoes one countTry that was not a failure; the wait that it began had not been there. */
export async function takeBackTry(db: Database, key: string): Promise<void> {
  await db.run(sql`
    update shared.sign_in_tries
    set failures = greatest(failures - 1, 0), wait_until = '-infinity'
    where key = ${key}
  `);
}

export async function forgetTries(db: Database, key: string): Promise<void> {
  await db.run(sql`delete from shared.sign_in_tries where key = ${key}`);
}

export async function deleteOldTries(db: Database): Promise<number> {
  return db.run(sql`delete from shared.sign_in_tries where last_at < now() - interval '2 days'`);
}

export async function isKnownDevice(db: Database, login: string, deviceHash: Buffer): Promise<boolean> {
  const row = await db.one(
    Yes,
    sql`
      select exists (
        select from shared.devices d
        join shared.accounts a on a.id = d.account_id
        where d.device_hash = ${deviceHash}
          and (a.email = ${login} or a.username = ${login})
      ) as yes
    `,
  );
  return row?.yes ?? false;
}

export async function isDeviceOf(db: Database, accountId: string, deviceHash: Buffer): Promise<boolean> {
  const row = await db.one(
    Yes,
    sql`
      select exists (
        select from shared.devices
        where account_id = ${accountId}
          and device_hash = ${deviceHash}
      ) as yes
    `,
  );
  return row?.yes ?? false;
}

/** Answers whether the account has other browsers but not this one; remembers it from now on. */
export async function rememberDevice(db: Database, accountId: string, deviceHash: Buffer): Promise<{ isNew: boolean }> {
  const row = await db.one(
    Yes,
    sql`
      with others as (select from shared.devices where account_id = ${accountId} and device_hash <> ${deviceHash}),
      remembered as (
        insert into shared.devices (account_id, device_hash)
        values (${accountId}, ${deviceHash})
        on conflict (account_id, device_hash) do update set last_seen_at = now()
        returning first_seen_at = now() as made
      )
      select made and exists (select from others) as yes from remembered
    `,
  );
  return { isNew: row?.yes ?? false };
}

/** Browsers forget a cookie after 400 days at most (RFC 6265bis), so a device unseen for longer cannot return. */
export async function deleteOldDevices(db: Database): Promise<number> {
  return db.run(sql`delete from shared.devices where last_seen_at < now() - interval '400 days'`);
}

/** True when this refusal is in this workspace's audit already: the job that writes it may be repeated. */
export async function hasRefusal(db: Database, accountId: string, requestId: string): Promise<boolean> {
  const row = await db.one(
    Yes,
    sql`
      select exists (
        select from audit_events
        where subject_kind = 'account'
          and subject_id = ${accountId}
          and event = 'account.sign-in-refused'
          and request_id = ${requestId}
      ) as yes
    `,
  );
  return row?.yes ?? false;
}
