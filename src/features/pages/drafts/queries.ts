import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import type { PageText } from '../page.js';

/** Of a page that is there, or of a new one in a space. */
export type DraftSubject = { readonly pageId: string } | { readonly spaceId: string };

export interface Draft extends PageText {
  /** The version that it was typed over; 0 for a new page. */
  readonly baseVersion: number;
  readonly savedAt: Date;
}

const idOf = (subject: DraftSubject) => ('pageId' in subject ? subject.pageId : subject.spaceId);

/** Private to who typed it: every statement names the account. */
export async function saveDraft(
  db: TenantDatabase,
  accountId: string,
  { subject, baseVersion, title, body }: PageText & { subject: DraftSubject; baseVersion: number },
): Promise<void> {
  const id = idOf(subject);
  const row = `${accountId}|${id}`;
  const [pageId, spaceId] = 'pageId' in subject ? [id, null] : [null, id];
  await db.run(sql`
    insert into page_drafts (account_id, subject_id, page_id, space_id, base_version, title, body)
    values (
      ${accountId}, ${id}, ${pageId}, ${spaceId}, ${baseVersion},
      ${db.seal('page_drafts.title', row, title)}, ${db.seal('page_drafts.body', row, body)}
    )
    on conflict (account_id, subject_id) do update
    set base_version = excluded.base_version, title = excluded.title, body = excluded.body, saved_at = now()
  `);
}

const Row = z.object({
  baseVersion: z.number(),
  title: z.instanceof(Buffer),
  body: z.instanceof(Buffer),
  savedAt: z.date(),
});

export async function findDraft(
  db: TenantDatabase,
  accountId: string,
  subject: DraftSubject,
): Promise<Draft | undefined> {
  const id = idOf(subject);
  const found = await db.one(
    Row,
    sql`
      select base_version, title, body, saved_at from page_drafts
      where account_id = ${accountId} and subject_id = ${id}
    `,
  );
  if (!found) return undefined;
  const row = `${accountId}|${id}`;
  return {
    ...found,
    title: db.openText('page_drafts.title', row, found.title),
    body: db.openText('page_drafts.body', row, found.body),
  };
}

export async function deleteDraft(db: TenantDatabase, accountId: string, subject: DraftSubject): Promise<void> {
  await db.run(sql`delete from page_drafts where account_id = ${accountId} and subject_id = ${idOf(subject)}`);
}
