import { publish, tellHere } from '../../database/shared.js';
import type { TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenantWithShared } from '../../tenancy/in-tenant.js';
import { digestOf } from '../../vault/digest.js';
import { listMemberAccounts, renameTenant, saveInstructions } from './queries.js';
import type { WorkspaceSettings } from './workspace.js';

/** Name and instructions for all agents. The instructions themselves stay out of the audit; their digest is in it. */
export async function updateSettings(context: TenantContext, settings: WorkspaceSettings): Promise<void> {
  const { tenant } = context;
  const accounts = await inTenantWithShared(
    context,
    'settings.update',
    async (db) => {
      await renameTenant(db, tenant.id, settings.name);
      const members = await listMemberAccounts(db, tenant.id);
      for (const account of members) await publish(db, 'membership', account);
      return members;
    },
    async (db, members) => {
      await saveInstructions(db, settings.instructions);
      await recordEvent(db, context, {
        category: 'settings',
        event: 'settings.updated',
        digest: digestOf(settings),
        details: { renamed: settings.name !== tenant.name },
      });
      return members;
    },
  );
  for (const account of accounts) tellHere('membership', account);
}
