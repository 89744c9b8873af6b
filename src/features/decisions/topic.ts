import type { Database } from '../../database/database.js';
import { publish, tellHere } from '../../database/shared.js';
import type { Tenant } from '../../tenancy/context.js';

/** Told whenever a decision is made, decided or ended: its workspace and its id, never content. */
export const decisionTopic = 'decisions';

export function publishDecision(db: Database, tenant: Tenant, id: string): Promise<void> {
  return publish(db, decisionTopic, `${tenant.id} ${id}`);
}

/** For this process, after the commit. */
export function tellDecisionHere(tenant: Tenant, id: string): void {
  tellHere(decisionTopic, `${tenant.id} ${id}`);
}
