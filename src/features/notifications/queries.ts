import { z } from 'zod';
import type { Database, TenantDatabase } from '../../database/database.js';
import { sql } from '../../database/sql.js';
import { defaults, mailTimes, type NotificationKind, type Preference, type Subject } from './notification.js';
import type { DailyHour } from './times.js';

const IdRow = z.object({ accountId: z.uuid() });

/** Those of these accounts that are members now. */
export async function listMemberIds(db: Database, tenantId: string, accountIds: readonly string[]): Promise<string[]> {
  const rows = await db.many(
    IdRow,
    sql`
      select account_id
      from shared.memberships
      where tenant_id = ${tenantId}
        and account_id = any (${[...accountIds]}::uuid[])
    `,
  );
  return rows.map(({ accountId }) => accountId);
}

const NamedRow = IdRow.extend({ username: z.string(), name: z.string() });

/** The members with one of these usernames, which are in small letters. */
export async function listMembersNamed(db: Database, tenantId: string, usernames: readonly string[]) {
  return db.many(
    NamedRow,
    sql`
      select m.account_id, a.username, a.name
      from shared.accounts a
      join shared.memberships m on m.account_id = a.id and m.tenant_id = ${tenantId}
      where a.username = any (${[...usernames]}::text[])
    `,
  );
}

const PreferenceRow = IdRow.extend({ inPage: z.boolean(), mail: z.enum(mailTimes).nullable() });

/** What each of these people wants to hear of this kind: their own choice, or the default. */
export async function listPreferences(
  db: TenantDatabase,
  accountIds: readonly string[],
  kind: NotificationKind,
): Promise<ReadonlyMap<string, Preference>> {
  const rows = await db.many(
    PreferenceRow,
    sql`
      select account_id, in_page, mail
      from notification_preferences
      where account_id = any (${[...accountIds]}::uuid[])
        and kind = ${kind}
    `,
  );
  const chosen = new Map(rows.map(({ accountId, inPage, mail }) => [accountId, { inPage, mail }]));
  return new Map(accountIds.map((id) => [id, chosen.get(id) ?? defaults[kind]]));
}

interface NewNotifications {
  readonly kind: NotificationKind;
  readonly subject: Subject;
  readonly title: string;
  readonly path: string;
  readonly actorName: string | null;
  readonly told: readonly (Preference & { readonly id: string; readonly accountId: string })[];
}

export async function insertNotifications(db: TenantDatabase, given: NewNotifications): Promise<void> {
  const { kind, subject, path, actorName, told } = given;
  const sealed = told.map(({ id }) => db.seal('notifications.title', id, given.title));
  await db.run(sql`
    insert into notifications (
      id, account_id, kind, subject_kind, subject_id, title, actor_name, path, in_page, mail
    )
    select t.id, t.account_id, ${kind}, ${subject.kind}, ${subject.id}, t.title, ${actorName}, ${path}, t.in_page, t.mail
    from unnest(
      ${told.map(({ id }) => id)}::uuid[], ${told.map(({ accountId }) => accountId)}::uuid[], ${sealed}::bytea[],
      ${told.map(({ inPage }) => inPage)}::boolean[], ${told.map(({ mail }) => mail)}::text[]
    ) as t (id, account_id, title, in_page, mail)
  `);
}

/** When this commits, the pages that these people have open look again. */
export async function tellAccounts(db: TenantDatabase, accountIds: readonly string[]): Promise<void> {
  await db.run(sql`select jobs.tell_accounts(${[...accountIds]}::uuid[])`);
}

const HourRow = z.object({ hour: z.number(), timeZone: z.string() });

export function findHour(db: TenantDatabase, accountId: string): Promise<DailyHour | undefined> {
  return db.one(HourRow, sql`select hour, time_zone from notification_hours where account_id = ${accountId}`);
}

const NameRow = z.object({ username: z.string(), name: z.string() });

/** Members whose username begins with these letters, or a word of whose name does; usernames first. */
export function searchNames(db: Database, tenantId: string, { query, limit }: { query: string; limit: number }) {
  const typed = query.toLowerCase();
  return db.many(
    NameRow,
    sql`
      select a.username, a.name
      from shared.memberships m
      join shared.accounts a on a.id = m.account_id
      where m.tenant_id = ${tenantId}
        and (starts_with(a.username, ${typed}) or position(' ' || ${typed} in ' ' || lower(a.name)) > 0)
      order by not starts_with(a.username, ${typed}), a.username
      limit ${limit}
    `,
  );
}
