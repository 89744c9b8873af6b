import type { TenantDatabase } from '../../../database/database.js';
import type { Tenant, TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { tellChange } from '../../notifications/changes/queries.js';
import type { Work } from './work.js';

/** The installation, as it looks after works. */
export const lookingAfter = (tenant: Tenant): TenantContext => ({
  tenant,
  actor: { kind: 'system', name: 'tasks.work', may: ['tasks.read', 'tasks.update'] },
  trigger: 'job',
  requestId: 'tasks.work',
});

/** In the audit, and for those who have the task or the board open. */
export async function record(
  db: TenantDatabase,
  context: TenantContext,
  { id, taskId, agentId }: Pick<Work, 'id' | 'taskId' | 'agentId'>,
  event: string,
  details: Readonly<Record<string, string>> = {},
): Promise<void> {
  await recordEvent(db, context, {
    ...{ category: 'task', event, subject: { kind: 'task', id: taskId } },
    ...(details.state === undefined || details.state === 'done' ? {} : { outcome: 'failed' }),
    details: { work: id, agentId, ...details },
  });
  await tellChange(db, { kind: 'task', id: taskId });
}
