import type { Meter } from '../../llm/meter.js';
import type { TenantContext } from '../../tenancy/context.js';
import { type OnWhom, turnMeter } from './meter.js';

/**
 * Counts what a provider makes vectors of, as every other call to a model (AG-3). The counting is the installation's: a
 * job that makes a document searchable may read no more than documents, and an agent no more than its person.
 */
export function embeddingMeter({ tenant, requestId }: TenantContext, on: Omit<OnWhom, 'most'>): Meter {
  const actor = { kind: 'system', name: 'Usage of models', may: ['workspace.read'] } as const;
  return turnMeter({ tenant, requestId, actor, trigger: 'job' }, on);
}
