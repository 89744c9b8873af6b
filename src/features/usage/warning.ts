import { shared } from '../../database/shared.js';
import type { TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenant } from '../../tenancy/in-tenant.js';
import { notify } from '../notifications/notify.js';
import { markWarned, type Opened } from './counting/queries.js';
import { listWatchers } from './queries.js';
import { shareOf, warnAt, workspaceHolder } from './usage.js';

interface Total {
  readonly holder: string;
  readonly month: string;
  readonly tokens: number;
  readonly costMicros: number;
  readonly warned: boolean;
}

/** Once a month, when little is left: of the workspace's to those who look after it, of a person's to the person. */
export async function warnOf(
  context: TenantContext,
  totals: readonly Total[],
  limits: readonly Pick<Opened, 'holder' | 'mostTokens' | 'mostMicros'>[],
): Promise<void> {
  for (const total of totals) {
    const limit = limits.find(({ holder }) => holder === total.holder);
    if (total.warned || !limit) continue;
    const { mostTokens, mostMicros } = limit;
    if ((shareOf({ ...total, mostTokens, mostMicros }) ?? 0) < warnAt) continue;
    await warn(context, total);
  }
}

function warn({ tenant, requestId }: TenantContext, { holder, month }: Total): Promise<void> {
  const actor = { kind: 'system', name: 'Usage of models', may: ['workspace.read'] } as const;
  const context: TenantContext = { tenant, requestId, actor, trigger: 'job' };
  return inTenant(context, 'workspace.read', async (db) => {
    if ((await markWarned(db, { month, holder })) === 0) return;
    const isWorkspace = holder === workspaceHolder;
    const to = isWorkspace ? await listWatchers(shared(), tenant.id) : [holder];
    const whose = isWorkspace ? 'This workspace has' : 'You have';
    const title = `${whose} used more than ${warnAt * 100} % of what a month allows`;
    await notify(db, context, { to, kind: 'usage', subject: { kind: 'usage', id: month }, title, path: '/usage' });
    await recordEvent(db, context, {
      category: 'settings',
      event: 'usage.warned',
      subject: { kind: 'usage', id: month },
      details: { of: holder, percent: warnAt * 100 },
    });
  });
}
