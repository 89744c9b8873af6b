import { z } from 'zod';
import type { Database, TenantDatabase } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import { kinds, type MailTime } from '../notification.js';

const Recipient = z.object({ name: z.string(), email: z.string() });

/** Where to write to, if the account is a member of the workspace now. */
export function findRecipient(db: Database, tenantId: string, accountId: string) {
  return db.one(
    Recipient,
    sql`
      select a.name, a.email
      from shared.memberships m
      join shared.accounts a on a.id = m.account_id
      where m.tenant_id = ${tenantId}
        and m.account_id = ${accountId}
    `,
  );
}

const Row = z.object({
  id: z.uuid(),
  kind: z.enum(kinds),
  title: z.instanceof(Buffer),
  actorName: z.string().nullable(),
  path: z.string(),
  createdAt: z.date(),
  total: z.number(),
});
export type Unmailed = Omit<z.infer<typeof Row>, 'title' | 'total'> & { readonly title: string };

const unmailed = (accountId: string, mail: MailTime) => sql`
  account_id = ${accountId} and mail = ${mail} and mailed_at is null and read_at is null
`;

/** The newest of what waits for this mail, and how many there are. */
export async function listUnmailed(
  db: TenantDatabase,
  { accountId, mail, limit }: { accountId: string; mail: MailTime; limit: number },
): Promise<{ items: Unmailed[]; total: number }> {
  const rows = await db.many(
    Row,
    sql`
      select id, kind, title, actor_name, path, created_at, count(*) over () as total
      from notifications
      where ${unmailed(accountId, mail)}
      order by id desc
      limit ${limit}
    `,
  );
  const items = rows.map(({ total: _, title, ...row }) => ({
    ...row,
    title: db.openText('notifications.title', row.id, title),
  }));
  return { items, total: rows[0]?.total ?? 0 };
}

/** Answers how many: fewer than expected when another worker was first, or the person has read some meanwhile. */
export function markMailed(
  db: TenantDatabase,
  { accountId, mail, upTo }: { accountId: string; mail: MailTime; upTo: string },
): Promise<number> {
  return db.run(sql`
    update notifications set mailed_at = now() where ${unmailed(accountId, mail)} and id <= ${upTo}
  `);
}

/** When the last mail of this sort left. */
export async function findLastMailed(db: TenantDatabase, accountId: string, mail: MailTime): Promise<Date | undefined> {
  const row = await db.one(
    z.object({ at: z.date().nullable() }),
    sql`
      select max(mailed_at) as at
      from notifications
      where account_id = ${accountId} and mail = ${mail} and mailed_at > now() - interval '1 day'
    `,
  );
  return row?.at ?? undefined;
}

/** Whether this workspace lets titles leave it by mail. */
export async function titlesMayLeave(db: TenantDatabase): Promise<boolean> {
  const row = await db.one(
    z.object({ titlesInMail: z.boolean() }),
    sql`select titles_in_mail from notification_policies where id = 'workspace'`,
  );
  return row?.titlesInMail ?? true;
}

export async function saveTitlesMayLeave(db: TenantDatabase, titlesInMail: boolean): Promise<void> {
  await db.run(sql`
    insert into notification_policies (id, titles_in_mail)
    values ('workspace', ${titlesInMail})
    on conflict (id) do update set titles_in_mail = excluded.titles_in_mail
  `);
}
