import type { TenantDatabase } from '../../database/database.js';
import { newId } from '../../database/id.js';
import { shared } from '../../database/shared.js';
import { enqueueJob } from '../../jobs/job.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { type MailTime, type NotificationKind, Path, type Subject, titleOf } from './notification.js';
import { insertNotifications, listMemberIds, listPreferences, tellAccounts } from './queries.js';
import { nextMailAt } from './times.js';

export type { NotificationKind, Subject } from './notification.js';

export interface Notice {
  /** Account ids. Whoever acts, and whoever is no member any more, is left out. */
  readonly to: readonly string[];
  readonly kind: NotificationKind;
  readonly subject: Subject;
  /** What it is about, as its reader may know it: the name of a task, of a page. Sealed; cut at 200 characters. */
  readonly title: string;
  /** Below the workspace's address: `/tasks/<id>`. Throws ZodError when it is not such an address. */
  readonly path: string;
  /** These got a mail of its own about the same; they are told in the page only. */
  readonly mailed?: readonly string[];
}

/** More people than that are not told of one act. */
const mostPeople = 500;

/**
 * Tells people of something, in the caller's transaction: rolled back, nobody heard of it. Never tells the person who
 * acts, nor the one for whom an agent acts. What each wants to hear of, and how, is their own choice.
 */
export async function notify(db: TenantDatabase, context: TenantContext, notice: Notice): Promise<void> {
  const actor = accountOf(context.actor);
  const asked = [...new Set(notice.to)].filter((id) => id !== actor).slice(0, mostPeople);
  if (asked.length === 0) return;
  const path = Path.parse(notice.path);
  const people = await listMemberIds(shared(), context.tenant.id, asked);
  const preferences = await listPreferences(db, people, notice.kind);
  const told = people.flatMap((accountId) => {
    const wanted = preferences.get(accountId);
    const mail = notice.mailed?.includes(accountId) ? null : (wanted?.mail ?? null);
    return wanted?.inPage || mail ? [{ id: newId(), accountId, inPage: wanted?.inPage ?? false, mail }] : [];
  });
  if (told.length === 0) return;
  const actorName = context.actor.kind === 'system' ? null : context.actor.name;
  await insertNotifications(db, { ...notice, path, title: titleOf(notice.title), actorName, told });
  for (const { accountId, mail } of told) if (mail) await enqueueMail(db, accountId, mail);
  await tellAccounts(
    db,
    told.map(({ accountId }) => accountId),
  );
}

/** One job per person and time of mail: those that wait replace each other. */
export async function enqueueMail(db: TenantDatabase, accountId: string, mail: MailTime, notBefore?: Date) {
  const at = notBefore ?? (await nextMailAt(db, accountId, mail));
  await enqueueJob(db, 'notifications.mail', { accountId, mail }, { key: `notifications ${mail} ${accountId}`, at });
}
