import type { TenantDatabase } from '../../../../database/database.js';
import type { Blind } from '../../retrieval/postings.js';
import { rememberTags } from '../../retrieval/tags.js';

/** About 5 MB each. */
const mostTenants = 4;
const idleMs = 60_000;
const remembered = new Map<string, Blind>();
let forgetting: NodeJS.Timeout | undefined;

/** Blinds with a memory, for the many documents that come together; a minute after the last it is forgotten. */
export function blindOf(db: TenantDatabase): Blind {
  const blind = remembered.get(db.tenantId) ?? rememberTags(db.blind);
  remembered.delete(db.tenantId);
  remembered.set(db.tenantId, blind);
  const [oldest] = remembered.keys();
  if (remembered.size > mostTenants && oldest !== undefined) remembered.delete(oldest);
  clearTimeout(forgetting);
  forgetting = setTimeout(() => remembered.clear(), idleMs).unref();
  return blind;
}
