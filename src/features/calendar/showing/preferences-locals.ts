import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { calendarOf } from '../listing/address.js';
import { weekStarts } from '../preferences/preferences.js';
import { getPreferences } from '../preferences/queries.js';
import { zones } from '../time/zone.js';

export async function preferencesLocals(context: TenantContext) {
  const preferences = await readTenant(context, 'calendar.read', (db) => getPreferences(db, accountOf(context.actor)));
  return {
    title: 'How you see the calendar',
    home: calendarOf(context),
    values: preferences,
    zones: zones().map((zone) => ({ value: zone, label: zone })),
    weekStarts: weekStarts.map((value) => ({ value, label: `${value[0]?.toUpperCase()}${value.slice(1)}` })),
  };
}
