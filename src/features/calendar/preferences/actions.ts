import type { TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenant } from '../../../tenancy/in-tenant.js';
import { ownerIn } from '../actions.js';
import type { WeekStart } from './preferences.js';
import { savePreferences } from './queries.js';

export function choosePreferences(
  context: TenantContext,
  chosen: { timeZone: string; weekStart: WeekStart },
): Promise<void> {
  return inTenant(context, 'calendar.read', async (db) => {
    const accountId = ownerIn(context);
    await savePreferences(db, accountId, chosen);
    const subject = { kind: 'account', id: accountId };
    await recordEvent(db, context, {
      category: 'calendar',
      event: 'calendar.preferences-changed',
      subject,
      details: chosen,
    });
  });
}
