import { log } from '../../../log.js';
import type { Tenant, TenantContext } from '../../../tenancy/context.js';

/** Told that an answer begins or has ended; maybe more than once, and never while it holds a transaction. */
type Watcher = (tenant: Tenant, messageId: string) => Promise<void>;

const watchers = new Set<Watcher>();

/** For a feature whose work is an answer: conversations know of none. Call once, where its jobs are defined. */
export function watchAnswers(watcher: Watcher): void {
  watchers.add(watcher);
}

/** At once, for what a task has begun. Never rejects: the job that looks after each answer tells it again. */
export async function tellWatchers({ tenant, trigger }: TenantContext, messageId: string): Promise<void> {
  if (trigger !== 'task') return;
  await tellAll(tenant, messageId).catch((error: unknown) => {
    log().warn({ err: error, messageId }, 'what came of an answer could not be told yet');
  });
}

export async function tellAll(tenant: Tenant, messageId: string): Promise<void> {
  for (const watcher of watchers) await watcher(tenant, messageId);
}
