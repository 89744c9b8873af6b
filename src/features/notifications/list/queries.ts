import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { often } from '../../../database/prepared.js';
import { join, sql } from '../../../database/sql.js';
import { kinds, type Notification, type NotificationKind, type Subject } from '../notification.js';

/** No bell says more than that. */
export const mostCounted = 100;

/** One look into an index that holds unread ones only. */
export async function countUnread(db: TenantDatabase, accountId: string): Promise<number> {
  const row = await db.one(
    z.object({ count: z.number() }),
    often(sql`
      select count(*)
      from (
        select from notifications
        where account_id = ${accountId} and in_page and read_at is null
        limit ${mostCounted}
      ) as unread
    `),
  );
  return row?.count ?? 0;
}

export interface Filter {
  readonly unread: boolean;
  readonly kind: NotificationKind | undefined;
  /** The id of the last one on the page before. */
  readonly before: string | undefined;
  readonly limit: number;
}

const Row = z.object({
  id: z.uuid(),
  kind: z.enum(kinds),
  title: z.instanceof(Buffer),
  actorName: z.string().nullable(),
  path: z.string(),
  createdAt: z.date(),
  readAt: z.date().nullable(),
});

/** Newest first. Ids are made in the order of time, so they page as well as they name. */
export async function listNotifications(
  db: TenantDatabase,
  accountId: string,
  filter: Filter,
): Promise<Notification[]> {
  const where = [sql`account_id = ${accountId}`, sql`in_page`];
  if (filter.unread) where.push(sql`read_at is null`);
  if (filter.kind) where.push(sql`kind = ${filter.kind}`);
  if (filter.before) where.push(sql`id < ${filter.before}`);
  const rows = await db.many(
    Row,
    sql`
      select id, kind, title, actor_name, path, created_at, read_at
      from notifications
      where ${join(where, ' and ')}
      order by id desc
      limit ${filter.limit}
    `,
  );
  return rows.map((row) => ({ ...row, title: db.openText('notifications.title', row.id, row.title) }));
}

/** Where it leads; it counts as read from now on. Undefined when it is not there, or not this person's. */
export async function openNotification(db: TenantDatabase, accountId: string, id: string): Promise<string | undefined> {
  const row = await db.one(
    z.object({ path: z.string() }),
    sql`
      update notifications
      set read_at = coalesce(read_at, now())
      where id = ${id} and account_id = ${accountId} and in_page
      returning path
    `,
  );
  return row?.path;
}

/** Zero when it is not there, or not this person's. */
export function markRead(db: TenantDatabase, accountId: string, id: string): Promise<number> {
  return db.run(sql`
    update notifications
    set read_at = coalesce(read_at, now())
    where id = ${id} and account_id = ${accountId} and in_page
  `);
}

export function markUnread(db: TenantDatabase, accountId: string, id: string): Promise<number> {
  return db.run(sql`
    update notifications set read_at = null where id = ${id} and account_id = ${accountId} and in_page
  `);
}

/** All up to one that the person saw: what arrived since stays unread. */
export function markAllRead(db: TenantDatabase, accountId: string, upTo: string): Promise<number> {
  return db.run(sql`
    update notifications
    set read_at = now()
    where account_id = ${accountId} and in_page and read_at is null and id <= ${upTo}
  `);
}

/** What nobody needs to look at any more counts as read for everybody. Answers whose. */
export async function markSettled(db: TenantDatabase, { kind, id }: Subject): Promise<string[]> {
  const rows = await db.many(
    z.object({ accountId: z.uuid() }),
    sql`
      update notifications
      set read_at = now()
      where subject_kind = ${kind} and subject_id = ${id} and read_at is null
      returning account_id
    `,
  );
  return rows.map(({ accountId }) => accountId);
}

/** Whoever leaves leaves nothing that could tell them more when they come back. */
export async function deleteNotificationsOf(db: TenantDatabase, accountId: string): Promise<void> {
  await db.run(sql`delete from notifications where account_id = ${accountId}`);
  await db.run(sql`delete from notification_preferences where account_id = ${accountId}`);
  await db.run(sql`delete from notification_hours where account_id = ${accountId}`);
}

/** Read ones, and those that were never shown in the page, when so many days are over. */
export function deleteOlderThan(db: TenantDatabase, days: number): Promise<number> {
  return db.run(sql`
    delete from notifications
    where read_at < now() - make_interval(days => ${days})
      or (mailed_at < now() - make_interval(days => ${days}) and not in_page)
  `);
}
