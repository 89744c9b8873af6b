import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenant } from '../../../tenancy/in-tenant.js';
import { saveTitlesMayLeave } from '../mail/queries.js';
import { kinds, mailTimes } from '../notification.js';
import { enqueueMail } from '../notify.js';
import type { DailyHour } from '../times.js';
import { type Preferences, saveHour, savePreferences } from './queries.js';

export async function choosePreferences(
  context: TenantContext,
  { preferences, daily }: { preferences: Preferences; daily: DailyHour },
): Promise<void> {
  const accountId = accountOf(context.actor) ?? '';
  await inTenant(context, 'workspace.read', async (db) => {
    await savePreferences(db, accountId, preferences);
    await saveHour(db, accountId, daily);
    // What waited for another hour, or another sort of mail.
    for (const mail of mailTimes) await enqueueMail(db, accountId, mail);
    const worded = kinds.map((kind) => {
      const { inPage, mail } = preferences[kind];
      return [kind, `${inPage ? 'page' : 'no page'}, ${mail ?? 'no mail'}`] as const;
    });
    await recordEvent(db, context, {
      category: 'settings',
      event: 'notification-preferences.updated',
      subject: { kind: 'account', id: accountId },
      details: { ...Object.fromEntries(worded), hour: daily.hour },
    });
  });
}

/** Whether mails may name what they are about, for everybody in the workspace. */
export async function letTitlesLeave(context: TenantContext, allowed: boolean): Promise<void> {
  await inTenant(context, 'settings.update', async (db) => {
    await saveTitlesMayLeave(db, allowed);
    await recordEvent(db, context, {
      category: 'settings',
      event: 'notification-titles.updated',
      details: { inMail: allowed },
    });
  });
}
