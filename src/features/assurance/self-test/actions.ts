import { listRelations, listStrangeRights } from '../../../database/crossing.js';
import type { TenantDatabase } from '../../../database/database.js';
import { newId } from '../../../database/id.js';
import { shared } from '../../../database/shared.js';
import { enqueueJob } from '../../../jobs/job.js';
import { log } from '../../../log.js';
import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenant, readTenant } from '../../../tenancy/in-tenant.js';
import { listMembers } from '../../members/queries.js';
import { notify } from '../../notifications/notify.js';
import {
  deleteOldSelfTests,
  failSelfTest,
  finishSelfTest,
  insertSelfTest,
  isAwaited,
  listTestedTenants,
} from './queries.js';
import { sign, type Tested, tryCanaries } from './run.js';
import { askRights, rightsPart } from './tables.js';

export const jobName = 'assurance.self-test';
/** A quarter of a year of weekly ones. */
const mostKept = 13;

/** GV-4: somebody wants to know now. It runs in the background; the page shows how it stands. */
export async function askSelfTest(context: TenantContext): Promise<string> {
  const id = newId();
  await inTenant(context, 'settings.update', async (db) => {
    await insertSelfTest(db, id, accountOf(context.actor) ?? null);
    await enqueueJob(db, jobName, { id });
    await recordEvent(db, context, {
      category: 'security',
      event: 'self-test.asked',
      subject: { kind: 'self-test', id },
    });
  });
  return id;
}

/** Never rejects for what it could not try: the page says that it failed, and the log says why. */
export async function runSelfTest(context: TenantContext, id: string, tryAll = tryCanaries): Promise<void> {
  if (!(await readTenant(context, 'settings.update', (db) => isAwaited(db, id)))) return;
  const begun = new Date();
  try {
    const parts = [await askRights(context.tenant), ...(await tryAll())];
    await keep(context, { id, workspace: context.tenant.id, begun, parts });
  } catch (error) {
    log().error({ err: error }, 'a self-test of isolation could not be carried out');
    await inTenant(context, 'settings.update', (db) => failSelfTest(db, id));
  }
}

/**
 * The week's: the canaries once, because what they show holds for all, and then each workspace's own rights, by the
 * catalogue. Answers how many workspaces have their result.
 */
export async function testEveryWorkspace(tryAll = tryCanaries): Promise<number> {
  const begun = new Date();
  const canaries = await tryAll();
  const strange = await listStrangeRights(shared());
  let kept = 0;
  for (const tenant of await listTestedTenants(shared())) {
    const id = newId();
    const actor = { kind: 'system', name: jobName, may: ['settings.update'] } as const;
    const context: TenantContext = { tenant, actor, trigger: 'job', requestId: id };
    try {
      const names = (await listRelations(shared(), tenant.id)).map(({ name }) => name);
      const parts = [
        rightsPart(
          names,
          strange.filter(({ tenantId }) => tenantId === tenant.id),
        ),
        ...canaries,
      ];
      await keep(context, { id, workspace: tenant.id, begun, parts }, (db) => insertSelfTest(db, id, null));
      kept += 1;
    } catch (error) {
      // One that is being deleted meanwhile must not keep the others from theirs.
      log().warn({ err: error, tenant: tenant.id }, 'the result of the self-test was not kept');
    }
  }
  return kept;
}

async function keep(
  context: TenantContext,
  tested: Tested,
  before: (db: TenantDatabase) => Promise<void> = async () => {},
): Promise<void> {
  const { findings, signed } = sign(tested);
  const { id, tried, refused, leaked } = findings;
  const to = leaked > 0 ? await listAdmins(context.tenant.id) : [];
  await inTenant(context, 'settings.update', async (db) => {
    await before(db);
    if ((await finishSelfTest(db, findings, signed)) === 0) return;
    await deleteOldSelfTests(db, mostKept);
    const subject = { kind: 'self-test', id };
    await recordEvent(db, context, {
      ...{ category: 'security', event: 'self-test.finished', outcome: leaked > 0 ? 'failed' : 'done', subject },
      details: { tried, refused, leaked },
    });
    const title = 'The isolation self-test found something that was not refused';
    await notify(db, context, { to, kind: 'security', subject, title, path: '/security' });
  });
}

async function listAdmins(tenantId: string): Promise<string[]> {
  const members = await listMembers(shared(), tenantId);
  return members.filter(({ role }) => role === 'owner' || role === 'admin').map(({ accountId }) => accountId);
}
