import { shared } from '../../../database/shared.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { getTenant } from '../../../tenancy/directory.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenant } from '../../../tenancy/in-tenant.js';
import { stopMails } from '../preferences/queries.js';
import { listMemberIds } from '../queries.js';
import type { Meant } from './link.js';

/** Stops mails of these kinds and nothing else; again does no harm. For whoever is gone there is nothing to stop. */
export async function stopMailsOf(meant: Meant, origin: { requestId: string; address: string }): Promise<void> {
  const tenant = await getTenant(meant.tenantId);
  if (!tenant || (await listMemberIds(shared(), tenant.id, [meant.accountId])).length === 0) return;
  const actor = { kind: 'system', name: 'unsubscribing', may: ['workspace.read'] } as const;
  const context: TenantContext = { tenant, actor, trigger: 'page', ...origin };
  await inTenant(context, 'workspace.read', async (db) => {
    await stopMails(db, meant.accountId, meant.kinds);
    await recordEvent(db, context, {
      category: 'settings',
      event: 'notification-mails.stopped',
      subject: { kind: 'account', id: meant.accountId },
      details: { kinds: meant.kinds.join(', ') },
    });
  });
}
