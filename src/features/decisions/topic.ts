import type { Database } from '../../database/database.js';
import { newId } from '../../database/id.js';
import { publish } from '../../database/shared.js';
import type { Tenant } from '../../tenancy/context.js';

/**
 * Told whenever a decision is made, decided or ended: its workspace and its id, never content; and an id of the notice,
 * by which every process knows which one it was (notifications/changes/log.ts).
 */
export const decisionTopic = 'decisions';

export function publishDecision(db: Database, tenant: Tenant, id: string): Promise<void> {
  return publish(db, decisionTopic, `${tenant.id} ${id} ${newId()}`);
}
