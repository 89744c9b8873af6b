import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import { defaults, kinds, mailTimes, type NotificationKind, type Preference } from '../notification.js';
import type { DailyHour } from '../times.js';

export type Preferences = Readonly<Record<NotificationKind, Preference>>;

const Row = z.object({ kind: z.enum(kinds), inPage: z.boolean(), mail: z.enum(mailTimes).nullable() });

export async function getPreferences(db: TenantDatabase, accountId: string): Promise<Preferences> {
  const rows = await db.many(
    Row,
    sql`select kind, in_page, mail from notification_preferences where account_id = ${accountId}`,
  );
  const chosen = Object.fromEntries(rows.map(({ kind, inPage, mail }) => [kind, { inPage, mail }]));
  return { ...defaults, ...chosen };
}

/** What already waits for a mail follows the new choice, too. */
export async function savePreferences(db: TenantDatabase, accountId: string, chosen: Preferences): Promise<void> {
  const all = kinds.map((kind) => ({ kind, ...chosen[kind] }));
  const columns = sql`unnest(
    ${all.map(({ kind }) => kind)}::text[], ${all.map(({ inPage }) => inPage)}::boolean[],
    ${all.map(({ mail }) => mail)}::text[]
  ) as c (kind, in_page, mail)`;
  await db.run(sql`
    insert into notification_preferences (account_id, kind, in_page, mail)
    select ${accountId}, c.kind, c.in_page, c.mail from ${columns}
    on conflict (account_id, kind) do update set in_page = excluded.in_page, mail = excluded.mail
  `);
  await db.run(sql`
    update notifications n
    set mail = c.mail
    from ${columns}
    where n.account_id = ${accountId} and n.kind = c.kind
      and n.mail is not null and n.mailed_at is null and n.read_at is null
  `);
}

/** No mail of these kinds any more, not of what waits either. Where they are told in the page stays as it was. */
export async function stopMails(
  db: TenantDatabase,
  accountId: string,
  stopped: readonly NotificationKind[],
): Promise<void> {
  await db.run(sql`
    insert into notification_preferences (account_id, kind, in_page, mail)
    select ${accountId}, k.kind, k.in_page, null
    from unnest(
      ${[...stopped]}::text[], ${stopped.map((kind) => defaults[kind].inPage)}::boolean[]
    ) as k (kind, in_page)
    on conflict (account_id, kind) do update set mail = null
  `);
  await db.run(sql`
    update notifications
    set mail = null
    where account_id = ${accountId} and kind = any (${[...stopped]}::text[])
      and mail is not null and mailed_at is null
  `);
}

export async function saveHour(db: TenantDatabase, accountId: string, { hour, timeZone }: DailyHour): Promise<void> {
  await db.run(sql`
    insert into notification_hours (account_id, hour, time_zone)
    values (${accountId}, ${hour}, ${timeZone})
    on conflict (account_id) do update set hour = excluded.hour, time_zone = excluded.time_zone
  `);
}
