import type { TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenant } from '../../../tenancy/in-tenant.js';
import { digestOf } from '../../../vault/digest.js';
import type { Policy } from './policy.js';
import { savePolicy } from './queries.js';

export function changePolicy(context: TenantContext, policy: Policy): Promise<void> {
  return inTenant(context, 'settings.update', async (db) => {
    await savePolicy(db, policy);
    const { effects, tools, ...rest } = policy;
    const listed = (given: object) =>
      Object.entries(given)
        .map(([name, rule]) => `${name}: ${rule}`)
        .join(', ');
    await recordEvent(db, context, {
      category: 'settings',
      event: 'approval-policy.updated',
      digest: digestOf(policy),
      details: { effects: listed(effects), tools: listed(tools), ...rest },
    });
  });
}
